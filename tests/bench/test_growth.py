from bench.growth import Took, line

SMALL = Took(seconds=1.0, cpu_seconds=2.0, produced=10, refused=0, peak_bytes=2**20)
LARGE = Took(seconds=4.0, cpu_seconds=11.0, produced=100, refused=0, peak_bytes=2**21)


def test_the_smallest_size_is_compared_with_none():
    assert line("policy", 10, SMALL, None) == "| policy | 10 | 100000 | 200000 |  | 1 |  |  |"


def test_a_further_row_costs_what_the_rows_more_took_longer():
    told = line("policy", 100, LARGE, (10, SMALL)).split(" | ")
    assert told[1:5] == ["100", "40000", "110000", "100000"]  # 9 s of CPU for 90 rows more
    assert told[6:] == ["x0.40", "x0.55 |"]
