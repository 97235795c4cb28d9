package main

import (
	"io"
	"sync"
)

// picture has three bytes a pixel, row by row.
type picture struct {
	width, height int
	pixels        []byte
}

const (
	fullWidth  = 512
	fullHeight = 384
)

// decode makes the full picture: 576 KiB.
func decode(id int) *picture {
	p := &picture{width: fullWidth, height: fullHeight, pixels: make([]byte, fullWidth*fullHeight*3)}
	seed := uint32(id)*2654435761 + 1
	for i := 0; i+2 < len(p.pixels); i += 3 {
		seed = seed*1664525 + 1013904223
		p.pixels[i] = byte(seed >> 24)
		p.pixels[i+1] = byte(seed >> 16)
		p.pixels[i+2] = byte(i >> 10)
	}
	return p
}

// shrink averages blocks of pixels.
func shrink(p *picture, width int) *picture {
	height := width * p.height / p.width
	small := &picture{width: width, height: height, pixels: make([]byte, width*height*3)}
	for y := 0; y < height; y++ {
		top, bottom := y*p.height/height, (y+1)*p.height/height
		for x := 0; x < width; x++ {
			left, right := x*p.width/width, (x+1)*p.width/width
			var sum [3]int
			for sy := top; sy < bottom; sy++ {
				row := p.pixels[(sy*p.width+left)*3 : (sy*p.width+right)*3]
				for i := 0; i+2 < len(row); i += 3 {
					sum[0] += int(row[i])
					sum[1] += int(row[i+1])
					sum[2] += int(row[i+2])
				}
			}
			n := (bottom - top) * (right - left)
			at := (y*width + x) * 3
			for c := range sum {
				small.pixels[at+c] = byte(sum[c] / n)
			}
		}
	}
	return small
}

// rows are pooled by value: Put boxes the slice.
var rows = sync.Pool{New: func() interface{} { return make([]byte, 0, 1024) }}

// writePixels sends the picture row by row, darkened at the border.
func writePixels(w io.Writer, p *picture) error {
	for y := 0; y < p.height; y++ {
		row := rows.Get().([]byte)[:0]
		row = append(row, p.pixels[y*p.width*3:(y+1)*p.width*3]...)
		row[0] /= 2
		row[len(row)-1] /= 2
		_, err := w.Write(row)
		rows.Put(row)
		if err != nil {
			return err
		}
	}
	return nil
}
