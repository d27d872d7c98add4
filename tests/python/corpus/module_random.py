# random: the same numbers for the same seed.
import random

for seed in [0, 1, 42, 12345678901234567890, -7]:
    random.seed(seed)
    print(random.random(), random.randint(1, 6), random.randrange(10), random.randrange(0, 100, 7), random.getrandbits(10), random.getrandbits(40), random.uniform(2, 5), random.choice("abc"))
    items = list(range(10))
    random.shuffle(items)
    print(items, random.sample(range(50), 3), random.sample(range(10), 6), random.choices("ab", k=4), random.choices("abc", weights=[1, 5, 1], k=5), random.gauss(0, 1), random.gauss(10, 2), random.expovariate(2))
r = random.Random(5)
print(r.random(), r.randint(0, 10**12), [r.random() for i in range(3)])
for f in [lambda: random.choice([]), lambda: random.randrange(0), lambda: random.sample([1], 2)]:
    try:
        f()
    except Exception as error:
        print(type(error).__name__, error)
