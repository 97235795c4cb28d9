// Package lanes has a channel for each lane and joins them in order.
package lanes

type outcome struct {
	n   int
	err error
}

func Sum(inputs [][]int, add func([]int) (int, error)) (int, error) {
	lanes := make([]chan outcome, len(inputs))
	for i, in := range inputs {
		lanes[i] = make(chan outcome)
		go func(ch chan<- outcome) {
			n, err := add(in)
			ch <- outcome{n, err} // leak: chan-send-abandoned|chan-first-wins
		}(lanes[i])
	}
	total := 0
	for _, lane := range lanes {
		o := <-lane
		if o.err != nil {
			return 0, o.err
		}
		total += o.n
	}
	return total, nil
}

// Repaired.

func SumRepaired(inputs [][]int, add func([]int) (int, error)) (int, error) {
	lanes := make([]chan outcome, len(inputs))
	for i, in := range inputs {
		lanes[i] = make(chan outcome, 1)
		go func(ch chan<- outcome) {
			n, err := add(in)
			ch <- outcome{n, err}
		}(lanes[i])
	}
	total := 0
	for _, lane := range lanes {
		o := <-lane
		if o.err != nil {
			return 0, o.err
		}
		total += o.n
	}
	return total, nil
}
