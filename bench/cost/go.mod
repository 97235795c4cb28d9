module hemostat/bench/cost

go 1.22
