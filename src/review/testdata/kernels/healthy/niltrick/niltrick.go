// Package niltrick sets channels to nil when they are exhausted.
package niltrick

func Zip(a, b <-chan int) <-chan int {
	out := make(chan int)
	go func() {
		defer close(out)
		for a != nil || b != nil {
			select {
			case v, ok := <-a:
				if !ok {
					a = nil
					continue
				}
				out <- v
			case v, ok := <-b:
				if !ok {
					b = nil
					continue
				}
				out <- v
			}
		}
	}()
	return out
}

func Queue(in <-chan string, quit <-chan struct{}, take func() chan<- string) {
	var pending []string
	for {
		var out chan<- string
		var head string
		if len(pending) > 0 {
			out, head = take(), pending[0]
		}
		select {
		case s := <-in:
			pending = append(pending, s)
		case out <- head:
			pending = pending[1:]
		case <-quit:
			return
		}
	}
}
