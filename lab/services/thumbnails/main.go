// Thumbnails shrinks product pictures.
//
// Nothing leaks, but a lot is thrown away: each picture is decoded into fresh memory, and the pool is of slices, so
// that every Put allocates a slice header to box the slice in an interface.
package main

import (
	"expvar"
	"fmt"
	"net/http"
	"strconv"

	"example.com/hemostat-lab/internal/service"
)

var (
	picturesTotal = expvar.NewInt("pictures_total")
	pixelsTotal   = expvar.NewInt("pixels_total")
)

func main() {
	env := service.New(service.Defaults{Name: "thumbnails", Rate: 25})
	http.HandleFunc("/thumbnail", handleThumbnail)
	env.Drive(4, func(ev service.Event) {
		env.Get(fmt.Sprintf("/thumbnail?picture=%d&width=%d", ev.Rand.Intn(10000), 48+16*ev.Rand.Intn(4)))
	})
	env.Serve()
}

func handleThumbnail(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	id, err := strconv.Atoi(query.Get("picture"))
	if err != nil {
		http.Error(w, "picture is not a number", http.StatusBadRequest)
		return
	}
	width, err := strconv.Atoi(query.Get("width"))
	if err != nil || width < 16 || width > 256 {
		http.Error(w, "width must be from 16 to 256", http.StatusBadRequest)
		return
	}
	img := decode(id)
	small := shrink(img, width)
	picturesTotal.Add(1)
	pixelsTotal.Add(int64(img.width * img.height))
	w.Header().Set("Content-Type", "image/x-portable-pixmap")
	fmt.Fprintf(w, "P6 %d %d 255\n", small.width, small.height)
	if err := writePixels(w, small); err != nil {
		return // the browser went away
	}
}
