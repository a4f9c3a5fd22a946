// Looks at a page before LMDB changes it: LMDB copies, splits and joins pages by the numbers it finds in them, and with wrong numbers it
// writes outside the copy. Knows the file format of LMDB 0.9 (version 1), and of it what a database without duplicates uses.
//
// What is on disk at the beginning of a write transaction stays there until its commit. So a put is safe when the pages from the table's
// root to the key's leaf are sound, are not in the free list, and the free list and the list of tables are sound: all that LMDB touches
// comes from them. A delete may also touch neighbours: before it the whole file is looked at, once in a row of own transactions.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CLMDB.h"
#include "guarded.h"

_Static_assert(sizeof(size_t) == 8 && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the file's layout is the machine's");

enum { BRANCH = 1, LEAF = 2, OVERFLOW_PAGE = 4, META = 8 };
enum { BIG_DATA = 1, SUB_DATA = 2 };
enum { PAGE_HEADER = 16, NODE_HEADER = 8, LEAST_PAGE = 512, LARGEST_PAGE = 65536, DEEPEST = 30, INTEGER_KEYS = 8, FIRST_PAGE = 2 };
#define NO_ROOT (~(uint64_t)0)
#define MAGIC 0xBEEFC0DEu

typedef struct {
  uint64_t number;
  uint16_t pad, flags;
  union {
    struct {
      uint16_t lower, upper;
    };
    uint32_t pages;
  };
  uint16_t offsets[];
} page;

typedef struct {
  uint16_t low, high, flags, key_size;
  char bytes[];
} node;

typedef struct {
  uint32_t pad;
  uint16_t flags, depth;
  uint64_t branch_pages, leaf_pages, overflow_pages, entries, root;
} tree;

typedef struct {
  uint32_t magic, version;
  uint64_t address, map_size;
  tree free_list, tables;
  uint64_t last_page, transaction;
} head;

_Static_assert(sizeof(page) == PAGE_HEADER && sizeof(node) == NODE_HEADER && sizeof(tree) == 48 && sizeof(head) == 136, "as in the file");

typedef enum { FREE_LIST, TABLES, VALUES } kind;

struct baji_db_checker {
  const char *const *names;
  size_t count;
  tree *found;  // by table; the root is NO_ROOT and the depth 0 for an empty one, the depth UINT16_MAX for none
  const char *map;
  size_t mapped, page_size;
  uint64_t pages;    // as the last commit knows them
  uint64_t present;  // of them, those that lie in the file: the last ones may have been freed before they were ever written
  size_t bitmap;     // bytes
  uint8_t *sound;    // a bit for each page that was looked at in this transaction
  uint8_t *free;     // a bit for each page of the free list
  uint8_t *seen;     // a bit for each page of the trees being walked
  tree free_list, tables;
  uint64_t transaction;
  uint64_t proven;  // the transaction that began with everything known to be sound
};

static int bit(const uint8_t *bits, uint64_t index) { return bits[index >> 3] >> (index & 7) & 1; }
static void set(uint8_t *bits, uint64_t index) { bits[index >> 3] |= (uint8_t)(1 << (index & 7)); }

// MARK: one page

static const page *page_at(const baji_db_checker *c, uint64_t number) {
  return number >= FIRST_PAGE && number < c->present ? (const page *)(c->map + number * c->page_size) : NULL;
}

static size_t count_of(const page *p) { return (p->lower - PAGE_HEADER) / 2u; }
static const node *node_at(const page *p, size_t index) { return (const node *)((const char *)p + p->offsets[index]); }
static uint64_t child_of(const node *n) { return n->low | (uint64_t)n->high << 16 | (uint64_t)n->flags << 32; }
static size_t size_of(const node *n) { return n->low | (size_t)n->high << 16; }

static uint64_t number_in(const void *bytes) {
  uint64_t number;
  memcpy(&number, bytes, 8);
  return number;
}

/// As LMDB orders keys: bytes, then length; numbers in the free list.
static int compare(kind kind, const void *a, size_t a_size, const void *b, size_t b_size) {
  if (kind == FREE_LIST) return number_in(a) < number_in(b) ? -1 : number_in(a) > number_in(b);
  int order = memcmp(a, b, a_size < b_size ? a_size : b_size);
  return order ? order : (a_size > b_size) - (a_size < b_size);
}

static int is_key_size(kind kind, size_t size) {
  return kind == FREE_LIST ? size == 8 : kind == VALUES ? size == 16 : size > 0 && size <= 511;
}

/// Marks the two-byte words of a node as taken. 0 where one was taken before.
static int take(uint64_t *words, size_t from, size_t to) {
  for (from /= 2, to /= 2; from < to;) {
    size_t end = (from | 63) + 1 < to ? (from | 63) + 1 : to;
    uint64_t mask = (end - from == 64 ? ~0ull : (1ull << (end - from)) - 1) << (from & 63);
    if (words[from / 64] & mask) return 0;
    words[from / 64] |= mask;
    from = end;
  }
  return 1;
}

static int is_sound_page(const baji_db_checker *c, const page *p, uint64_t number, kind kind, uint16_t type) {
  if (p->number != number || p->flags != type) return 0;
  if (p->lower < PAGE_HEADER || p->lower % 2 || p->upper % 2 || p->lower > p->upper || p->upper > c->page_size) return 0;
  size_t count = count_of(p), used = 0;
  if (count < (type == BRANCH && kind != FREE_LIST ? 2 : 1)) return 0;
  uint64_t words[LARGEST_PAGE / 128];
  memset(words, 0, c->page_size / 16);
  const node *last = NULL;
  for (size_t i = 0; i < count; i++) {
    size_t offset = p->offsets[i];
    if (offset % 2 || offset < p->upper || offset + NODE_HEADER > c->page_size) return 0;
    const node *n = node_at(p, i);
    size_t size = NODE_HEADER + n->key_size;
    if (!is_key_size(kind, n->key_size) && !(type == BRANCH && i == 0 && n->key_size == 0)) return 0;
    if (type == BRANCH) {
      if (!page_at(c, child_of(n))) return 0;
    } else if (kind == TABLES) {
      if (n->flags != SUB_DATA || size_of(n) != sizeof(tree)) return 0;
      size += sizeof(tree);
    } else {
      if (n->flags & ~BIG_DATA) return 0;
      size += n->flags & BIG_DATA ? 8 : size_of(n);
    }
    if (offset + size > c->page_size) return 0;
    size += size & 1;
    if (!take(words, offset, offset + size)) return 0;
    used += size;
    if (type == LEAF && n->flags & BIG_DATA && !page_at(c, number_in(n->bytes + n->key_size))) return 0;
    // The first key of a branch page is never read.
    if (last && compare(kind, last->bytes, last->key_size, n->bytes, n->key_size) >= 0) return 0;
    if (type == LEAF || i > 0) last = n;
  }
  return used == c->page_size - p->upper;
}

/// The page, once it is known to be sound; NULL where it is not.
static const page *sound(baji_db_checker *c, uint64_t number, kind kind, uint16_t type) {
  const page *p = page_at(c, number);
  if (!p || bit(c->free, number)) return NULL;
  // A page that was looked at as another table's is looked at as this one's too.
  if (bit(c->sound, number) && p->flags == type && kind == VALUES) return p;
  if (!is_sound_page(c, p, number, kind, type)) return NULL;
  if (kind == VALUES) set(c->sound, number);
  return p;
}

/// The pages of a value that has its own.
static const page *sound_overflow(const baji_db_checker *c, const node *n, uint64_t *first) {
  *first = number_in(n->bytes + n->key_size);
  const page *p = page_at(c, *first);
  if (!p || p->number != *first || p->flags != OVERFLOW_PAGE) return NULL;
  uint64_t needed = (PAGE_HEADER - 1 + size_of(n)) / c->page_size + 1;
  if (p->pages < needed || p->pages > c->present - *first) return NULL;
  for (uint64_t i = 0; i < p->pages; i++) {
    if (bit(c->free, *first + i)) return NULL;
  }
  return p;
}

static int is_sound_tree(const tree *t) {
  return t->root == NO_ROOT ? t->depth == 0 : t->depth >= 1 && t->depth <= DEEPEST;
}

// MARK: whole trees

/// Marks pages as seen. 0 where one was seen before: it would be part of two things, or of itself.
static int see(baji_db_checker *c, uint64_t first, uint64_t count) {
  for (uint64_t number = first; number < first + count; number++) {
    if (bit(c->seen, number)) return 0;
    set(c->seen, number);
  }
  return 1;
}

/// Calls `leaf` for every node of every leaf.
static int walk(baji_db_checker *c, uint64_t number, int levels, kind kind, int (*leaf)(baji_db_checker *, const node *)) {
  const page *p = sound(c, number, kind, levels > 1 ? BRANCH : LEAF);
  if (!p || !see(c, number, 1)) return MDB_CORRUPTED;
  size_t count = count_of(p);
  int failure = 0;
  for (size_t i = 0; i < count && !failure; i++) {
    const node *n = node_at(p, i);
    if (levels > 1) {
      failure = walk(c, child_of(n), levels - 1, kind, leaf);
      continue;
    }
    if (n->flags & BIG_DATA) {
      uint64_t first;
      const page *value = sound_overflow(c, n, &first);
      if (!value || !see(c, first, value->pages)) return MDB_CORRUPTED;
    }
    if (leaf) failure = leaf(c, n);
  }
  return failure;
}

static int walk_tree(baji_db_checker *c, const tree *t, kind kind, int (*leaf)(baji_db_checker *, const node *)) {
  if (!is_sound_tree(t)) return MDB_CORRUPTED;
  return t->root == NO_ROOT ? 0 : walk(c, t->root, t->depth, kind, leaf);
}

static void forget_seen(baji_db_checker *c) { memset(c->seen, 0, c->pages / 8 + 1); }

/// A record of the free list: a count, and so many page numbers, falling.
static int note_free(baji_db_checker *c, const node *n) {
  const char *bytes = n->bytes + n->key_size;
  size_t size = size_of(n);
  if (n->flags & BIG_DATA) bytes = (const char *)page_at(c, number_in(bytes)) + PAGE_HEADER;
  if (size < 8 || size % 8 || number_in(bytes) > size / 8 - 1) return MDB_CORRUPTED;
  uint64_t last = c->pages;
  for (uint64_t i = 1, count = number_in(bytes); i <= count; i++) {
    uint64_t number = number_in(bytes + 8 * i);
    if (number < FIRST_PAGE || number >= last || bit(c->free, number)) return MDB_CORRUPTED;
    set(c->free, number);
    last = number;
  }
  return 0;
}

static int note_table(baji_db_checker *c, const node *n) {
  tree t;
  memcpy(&t, n->bytes + n->key_size, sizeof t);
  if (t.flags || t.pad || !is_sound_tree(&t)) return MDB_CORRUPTED;
  for (size_t i = 0; i < c->count; i++) {
    if (c->names[i] && strlen(c->names[i]) == n->key_size && memcmp(c->names[i], n->bytes, n->key_size) == 0) c->found[i] = t;
  }
  return 0;
}

// MARK: the checker

baji_db_checker *baji_db_new_checker(const char *const *names, size_t count) {
  baji_db_checker *c = calloc(1, sizeof *c);
  if (!c) return NULL;
  c->names = names;
  c->count = count;
  c->proven = NO_ROOT;
  c->found = calloc(count, sizeof *c->found);
  if (c->found) return c;
  free(c);
  return NULL;
}

void baji_db_free_checker(baji_db_checker *c) {
  if (c->map) munmap((void *)c->map, c->mapped);
  free(c->sound);
  free(c->free);
  free(c->seen);
  free(c->found);
  free(c);
}

/// Room for at least `size` bytes of the file; more, so that a growing file is not mapped anew each time.
static int map_file(baji_db_checker *c, int descriptor, size_t size) {
  if (size <= c->mapped) return 0;
  size_t room = 64 << 20;
  while (room < size) room *= 2;
  void *map = mmap(NULL, room, PROT_READ, MAP_SHARED, descriptor, 0);
  if (map == MAP_FAILED) return errno;
  if (c->map) munmap((void *)c->map, c->mapped);
  c->map = map;
  c->mapped = room;
  return 0;
}

static int clear_bitmaps(baji_db_checker *c) {
  size_t wanted = c->pages / 8 + 1;
  if (wanted > c->bitmap) {
    uint8_t **all[] = {&c->sound, &c->free, &c->seen};
    c->bitmap = 0;
    for (int i = 0; i < 3; i++) {
      free(*all[i]);
      *all[i] = NULL;
    }
    for (int i = 0; i < 3; i++) {
      if (!(*all[i] = malloc(2 * wanted))) return ENOMEM;
    }
    c->bitmap = 2 * wanted;
  }
  memset(c->sound, 0, wanted);
  memset(c->free, 0, wanted);
  forget_seen(c);
  return 0;
}

/// 16 TiB: far above any map that is asked for, far below what cannot be mapped.
#define MOST_BYTES ((uint64_t)1 << 44)

static int is_sound_head(const page *p, const head *h) {
  return p->flags == META && h->magic == MAGIC && h->version == 1 && h->free_list.flags == INTEGER_KEYS && h->tables.flags == 0 &&
         h->tables.pad == 0 && h->last_page >= FIRST_PAGE - 1;
}

static int begin(baji_db_checker *c, MDB_env *env, MDB_txn *txn) {
  MDB_stat environment;
  struct stat file;
  int descriptor, failure;
  mdb_env_stat(env, &environment);
  mdb_env_get_fd(env, &descriptor);
  if (fstat(descriptor, &file) != 0) return errno;
  c->page_size = environment.ms_psize;
  if (c->page_size < LEAST_PAGE || c->page_size > LARGEST_PAGE || (size_t)file.st_size < 2 * c->page_size) return MDB_CORRUPTED;
  failure = map_file(c, descriptor, (size_t)file.st_size);
  if (failure) return failure;
  c->transaction = mdb_txn_id(txn);
  // LMDB takes the head that this number points at, whatever lies there.
  uint64_t previous = c->transaction - 1;
  const page *p = (const page *)(c->map + (previous & 1) * c->page_size);
  const head *h = (const head *)(p + 1);
  if (!is_sound_head(p, h) || h->transaction != previous || h->free_list.pad != c->page_size) return MDB_CORRUPTED;
  c->pages = h->last_page + 1;  // not above the map's size, which LMDB has compared
  c->present = (size_t)file.st_size / c->page_size;
  if (c->present > c->pages) c->present = c->pages;
  c->free_list = h->free_list;
  c->tables = h->tables;
  for (size_t i = 0; i < c->count; i++) c->found[i] = (tree){.depth = UINT16_MAX};
  failure = clear_bitmaps(c);
  if (!failure) failure = walk_tree(c, &c->free_list, FREE_LIST, note_free);
  // Again, now that it is known which pages are free: none of these may be.
  if (!failure) forget_seen(c);
  if (!failure) failure = walk_tree(c, &c->free_list, FREE_LIST, NULL);
  return failure ? failure : walk_tree(c, &c->tables, TABLES, note_table);
}

int baji_db_check_begin(baji_db_checker *c, MDB_env *env, MDB_txn *txn) { GUARDED(begin(c, env, txn)); }

static int check_put(baji_db_checker *c, size_t table, baji_db_key key) {
  if (c->proven == c->transaction) return 0;
  const tree *t = &c->found[table];
  if (t->depth == UINT16_MAX) return MDB_CORRUPTED;
  if (t->root == NO_ROOT) return 0;
  uint64_t wanted[2] = {__builtin_bswap64(key.high), __builtin_bswap64(key.low)}, number = t->root;
  for (int level = t->depth;; level--) {
    const page *p = sound(c, number, VALUES, level > 1 ? BRANCH : LEAF);
    if (!p) return MDB_CORRUPTED;
    // The last node whose key is not above the wanted one; the first of a branch page is below all.
    size_t low = 0, high = count_of(p);
    while (low < high) {
      size_t middle = (low + high) / 2;
      const node *n = node_at(p, middle);
      if ((level > 1 && middle == 0) || memcmp(n->bytes, wanted, sizeof wanted) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) return 0;  // a leaf whose keys are all above it
    const node *n = node_at(p, low - 1);
    if (level > 1) {
      number = child_of(n);
      continue;
    }
    uint64_t first;
    int replaces = n->flags & BIG_DATA && memcmp(n->bytes, wanted, sizeof wanted) == 0;
    return replaces && !sound_overflow(c, n, &first) ? MDB_CORRUPTED : 0;
  }
}

int baji_db_check_put(baji_db_checker *c, size_t table, baji_db_key key) { GUARDED(check_put(c, table, key)); }

static int check_everything(baji_db_checker *c) {
  forget_seen(c);
  int failure = walk_tree(c, &c->free_list, FREE_LIST, NULL);
  if (!failure) failure = walk_tree(c, &c->tables, TABLES, NULL);
  for (size_t i = 0; i < c->count && !failure; i++) {
    if (c->names[i]) failure = c->found[i].depth == UINT16_MAX ? MDB_CORRUPTED : walk_tree(c, &c->found[i], VALUES, NULL);
  }
  if (!failure) c->proven = c->transaction;
  return failure;
}

static int check_delete(baji_db_checker *c) { return c->proven == c->transaction ? 0 : check_everything(c); }

int baji_db_check_delete(baji_db_checker *c) { GUARDED(check_delete(c)); }

void baji_db_check_end(baji_db_checker *c, int committed) {
  // LMDB keeps sound what is sound: if nobody else commits in between, the next one begins with what this one leaves.
  c->proven = committed && c->proven == c->transaction ? c->transaction + 1 : NO_ROOT;
}

// MARK: before opening

int baji_db_check_header(const char *folder) {
  int descriptor = -1, directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return errno;
  descriptor = openat(directory, "data.mdb", O_RDONLY | O_CLOEXEC);
  int failure = descriptor < 0 ? errno : 0;
  close(directory);
  if (failure) return failure == ENOENT ? 0 : failure;
  // Page sizes are taken from the first head, and must be the same in the second.
  uint32_t size = 0;
  for (int i = 0; i < 2 && !failure; i++) {
    _Alignas(8) char found[PAGE_HEADER + sizeof(head)];
    const head *h = (const head *)(found + PAGE_HEADER);
    ssize_t got = pread(descriptor, found, sizeof found, i * (off_t)size);
    // Another process may be writing both for the first time.
    for (int attempt = 0; i == 1 && got >= 0 && got < (ssize_t)sizeof found && attempt < 20; attempt++) {
      usleep(1000);
      got = pread(descriptor, found, sizeof found, (off_t)size);
    }
    if (got == 0 && i == 0) break;  // nothing was ever written
    if (got < 0) {
      failure = errno;
    } else if (got != sizeof found || !is_sound_head((const page *)found, h)) {
      failure = MDB_INVALID;
    } else {
      if (i == 0) size = h->free_list.pad;
      if (size != h->free_list.pad || size < LEAST_PAGE || size > LARGEST_PAGE || size & (size - 1)) failure = MDB_INVALID;
      // LMDB maps as much as the head says, and no file is that large: the failure would look like one of memory.
      if (!failure && h->last_page >= MOST_BYTES / size) failure = MDB_INVALID;
    }
  }
  close(descriptor);
  return failure;
}
