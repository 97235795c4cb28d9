// Package kept keeps parts of what it reads that are small anyway, or copies.
package kept

import (
	"bufio"
	"context"
	"io"
	"strings"
)

type frame struct {
	head [8]byte
	body []byte
}

type Parser struct {
	words  map[string]int
	frames []frame
	magic  []byte
	big    [1 << 14]byte
	name   string
}

func (p *Parser) Words(r io.Reader) error {
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		for _, w := range strings.Fields(sc.Text()) {
			p.words[w]++
		}
	}
	return sc.Err()
}

func (p *Parser) Frame(r io.Reader, n int) error {
	var f frame
	if _, err := io.ReadFull(r, f.head[:]); err != nil {
		return err
	}
	buf := make([]byte, n)
	m, err := io.ReadFull(r, buf)
	f.body = buf[:m]
	p.frames = append(p.frames, f)
	return err
}

func (p *Parser) Magic(r io.Reader) error {
	buf := make([]byte, 16)
	_, err := io.ReadFull(r, buf)
	p.magic = buf[:4]
	return err
}

func (p *Parser) First(data []byte) byte {
	head := data[:1]
	return head[0]
}

// Watch uses the whole of what it captures.
func (p *Parser) Watch(ctx context.Context, sum func([]byte)) {
	go func() {
		<-ctx.Done()
		sum(p.big[:])
		p.name = ""
	}()
}
