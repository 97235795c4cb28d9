// Uploads takes pictures of damaged goods for insurance claims: a picture is spooled to a file, checked, and moved to the
// archive, which here only means that it is counted and deleted.
//
// Leak on purpose: a picture that fails its check stays open for the person who looks at rejected pictures, and nobody
// closes it after that. The table of the rejected ones still has the file, so no finalizer closes it either.
package main

import (
	"expvar"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"

	"example.com/hemostat-lab/internal/service"
)

var (
	uploadsTotal  = expvar.NewInt("uploads_total")
	acceptedTotal = expvar.NewInt("uploads_accepted_total")
	rejectedTotal = expvar.NewInt("uploads_rejected_total")
)

func main() {
	// A quarter of 24 pictures per second is broken: six descriptors per second.
	env := service.New(service.Defaults{Name: "uploads", Rate: 24})
	sp, err := openSpool(os.TempDir())
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/pictures", sp.handlePicture)
	http.HandleFunc("/rejected", sp.handleRejected)
	env.Drive(4, func(ev service.Event) {
		picture := make([]byte, 4<<10)
		fillPicture(picture, ev)
		env.Post("/pictures?claim="+strconv.Itoa(ev.N), picture)
		if ev.N%100 == 99 {
			env.Get("/rejected?claim=" + strconv.Itoa(ev.N-3))
		}
	})
	env.Serve()
}

// fillPicture makes something with a header; one in four comes from a phone whose app writes the wrong one.
func fillPicture(picture []byte, ev service.Event) {
	copy(picture, magic)
	if ev.Rand.Intn(4) == 0 {
		picture[0] = 0
	}
	for at := len(magic); at < len(picture); at++ {
		picture[at] = byte(ev.Rand.Intn(256))
	}
}

func (sp *spool) handlePicture(w http.ResponseWriter, r *http.Request) {
	claim, err := strconv.Atoi(r.URL.Query().Get("claim"))
	if err != nil {
		http.Error(w, "claim is not a number", http.StatusBadRequest)
		return
	}
	uploadsTotal.Add(1)
	if err := sp.take(claim, http.MaxBytesReader(w, r.Body, 1<<20)); err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusCreated)
}

func (sp *spool) handleRejected(w http.ResponseWriter, r *http.Request) {
	claim, err := strconv.Atoi(r.URL.Query().Get("claim"))
	if err != nil {
		http.Error(w, "claim is not a number", http.StatusBadRequest)
		return
	}
	size, found := sp.look(claim)
	if !found {
		http.Error(w, "no rejected picture of this claim", http.StatusNotFound)
		return
	}
	fmt.Fprintf(w, "%d bytes\n", size)
}
