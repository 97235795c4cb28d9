// Package weigh sends, receives and closes for others.
package weigh

func Send(out chan<- int, id int) {
	out <- id * id
}

func Try(out chan<- int, id int) {
	select {
	case out <- id:
	default:
	}
}

func All(out chan<- int, ids []int) {
	defer close(out)
	for _, id := range ids {
		out <- id
	}
}

var kept chan<- int

func Keep(out chan<- int) { kept = out }

type Scale struct{ Factor int }

func (s *Scale) Sum(in <-chan int) (sum int) {
	for n := range in {
		sum += n * s.Factor
	}
	return sum
}
