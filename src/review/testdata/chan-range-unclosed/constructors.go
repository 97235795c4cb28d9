package journal

import (
	"errors"
	"fmt"
	"os"
)

type journal struct {
	file  *os.File
	lines chan string
}

func newJournal(file *os.File) *journal {
	return &journal{file: file, lines: make(chan string)}
}

func (j *journal) write() {
	for line := range j.lines { // want "this loop over j.lines never ends"
		fmt.Fprintln(j.file, line)
	}
}

func (j *journal) copy(lines []string) error {
	go j.write()
	for _, line := range lines {
		if line == "" {
			return errors.New("an empty line")
		}
		j.lines <- line
	}
	close(j.lines)
	return nil
}

func copyAll(file *os.File, lines []string) error {
	return newJournal(file).copy(lines)
}

type keeper struct{ lines chan string }

func newKeeper() *keeper { return &keeper{lines: make(chan string)} }

func (k *keeper) keep() {
	for line := range k.lines { // want "this loop over k.lines never ends"
		fmt.Println(line)
	}
}

type house struct{ name string }

func (h *house) hire() *keeper {
	k := newKeeper()
	go k.keep()
	return k
}

func greet(name string) error {
	h := &house{name: name}
	k := h.hire()
	if name == "" {
		return errors.New("nobody")
	}
	k.lines <- name
	close(k.lines)
	return nil
}

type log struct {
	file  *os.File
	lines chan string
}

func (l *log) write() {
	for line := range l.lines {
		fmt.Fprintln(l.file, line)
	}
}

func (l *log) close() error {
	close(l.lines)
	return l.file.Close()
}

// openLog leaves no goroutine behind when it fails.
func openLog(path string) (*log, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	l := &log{file: file, lines: make(chan string)}
	go l.write()
	if _, err := file.Stat(); err != nil {
		l.close()
		return nil, errors.Join(errors.New("no log"), err)
	}
	return l, nil
}

func appendTo(path, line string) error {
	l, err := openLog(path)
	if err != nil {
		return err
	}
	l.lines <- line
	return l.close()
}
