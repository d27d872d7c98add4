"""Words of a text counted in a dict, and the most frequent ones listed.

The text is made by a small random generator, so that nothing need be read. Splitting, stripping, dict updates, sorting by key.

    wordcount.py [words]
"""

import sys

SYLLABLES = "ka to mi ra ne so lu pi ve da zo ri ma fe nu".split()


def text(count):
    seed = 42
    words = []
    for i in range(count):
        seed = (seed * 1103515245 + 12345) % 2147483648
        word = SYLLABLES[seed % 15] + SYLLABLES[(seed >> 8) % 15]
        if seed & 65536:
            word += SYLLABLES[(seed >> 17) % 15]
        if i % 17 == 0:
            word = word.capitalize()
        if i % 11 == 0:
            word += ","
        words.append(word)
        if i % 10 == 9:
            words.append(".\n")
    return " ".join(words)


def count_words(source):
    counts = {}
    for line in source.split("\n"):
        for word in line.split():
            word = word.strip(".,").lower()
            if not word:
                continue
            if word in counts:
                counts[word] += 1
            else:
                counts[word] = 1
    return counts


def by_length(counts):
    lengths = {}
    for word, count in counts.items():
        lengths.setdefault(len(word), []).append(count)
    return {length: sum(found) for length, found in lengths.items()}


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50000
    counts = count_words(text(count))
    best = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:5]
    print(len(counts), sum(counts.values()), " ".join(f"{word}:{times}" for word, times in best))
    print(sorted(by_length(counts).items()))


if __name__ == "__main__":
    main()
