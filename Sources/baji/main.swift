print("baji")
