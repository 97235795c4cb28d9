package kinds

import "time"

type report struct {
	id    int
	title string
	pages [1 << 20]byte
}

type desk struct {
	room [1 << 20]byte
	name string
}

func (d *desk) wait(ch chan int) {
	go func() {
		<-ch
		println(d.name)
	}()
}

func sleeps(id int) {
	rep := &report{id: id}
	fill(rep)
	go func() { // want "medium: the goroutine closes over rep \\(1.0 MiB\\) and uses only rep.id, rep.title"
		for {
			time.Sleep(time.Minute)
			println(rep.id, rep.title)
		}
	}()
}

func fill(rep *report) { rep.pages[0] = 1 }

func needsAll(rep *report, ch chan int) {
	go func() {
		<-ch
		fill(rep)
		println(rep.title)
	}()
}

func readsPages(rep *report, ch chan int) {
	go func() {
		<-ch
		println(len(rep.pages[:10]))
	}()
}

func endsAtOnce(rep *report) {
	go func() { println(rep.title) }()
}

func small(ch chan int) {
	rep := &struct{ title, text string }{}
	go func() {
		<-ch
		println(rep.title)
	}()
}
