// Package lexer sends items from a goroutine; the parser stops at the first bad one.
package lexer

import "errors"

type item struct {
	kind int
	text string
}

type lexer struct {
	input string
	items chan item
}

func lex(input string) *lexer {
	l := &lexer{input: input, items: make(chan item)}
	go l.run()
	return l
}

func (l *lexer) run() {
	defer close(l.items)
	for _, r := range l.input {
		kind := 0
		if r == '!' {
			kind = 1
		}
		l.items <- item{kind, string(r)} // leak: chan-unbounded-producer|chan-send-abandoned
	}
}

func Parse(input string) ([]string, error) {
	l := lex(input)
	var words []string
	for it := range l.items {
		if it.kind == 1 {
			return nil, errors.New("syntax error at " + it.text)
		}
		words = append(words, it.text)
	}
	return words, nil
}

// Repaired.

func (l *lexer) drain() {
	for range l.items {
	}
}

func ParseRepaired(input string) ([]string, error) {
	l := &lexer{input: input, items: make(chan item)}
	go l.runRepaired()
	defer l.drain()
	var words []string
	for it := range l.items {
		if it.kind == 1 {
			return nil, errors.New("syntax error at " + it.text)
		}
		words = append(words, it.text)
	}
	return words, nil
}

func (l *lexer) runRepaired() {
	defer close(l.items)
	for _, r := range l.input {
		kind := 0
		if r == '!' {
			kind = 1
		}
		l.items <- item{kind, string(r)}
	}
}
