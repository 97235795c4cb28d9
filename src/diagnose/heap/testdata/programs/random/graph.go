package main

import (
	"fmt"
	"math/rand"
)

// graph describes one case by numbers. Nodes are everything that can be referred to: 0 .. len(nodes)-1.
type graph struct {
	nodes      []node
	goroutines []goroutine
	// roots are the nodes that a global refers to.
	roots []int
}

type nodeKind int

const (
	box        nodeKind = iota // an object that refers to other nodes, with a payload
	unbuffered                 // channels
	buffered                   // refers to the nodes in its buffer
	mutex                      // a mutex that is locked
	rwmutex                    // a *sync.RWMutex that is locked for writing
	waitGroup                  // a *sync.WaitGroup that counts 1
	cond                       // a *sync.Cond
	lockedBox                  // a box with a locked mutex inside, by value
	nodeKinds
)

var kindNames = [...]string{"box", "unbuffered", "buffered", "mutex", "rwmutex", "waitgroup", "cond", "locked-box"}

type node struct {
	kind nodeKind
	// refers are the nodes that this one refers to: fields of a box, elements of a buffer.
	refers []int
	// full: a buffered channel whose buffer has no room, so that senders wait; else it is empty and receivers wait.
	full bool
	// payload bytes of a box.
	payload int
}

type goroutine struct {
	// waits are the nodes that it waits for, any of which would wake it: one, or several channels in a select.
	// Nobody can wake it if there are none and it is not live.
	waits []int
	// sends says of each wait whether it is a send.
	sends []bool
	// onNil: with no waits, it receives from a nil channel; else it selects from no cases.
	onNil bool
	// live: it waits for time or for a descriptor, and goes on whatever the others do.
	live liveness
	// holds are the nodes that its frames refer to beside what it waits for.
	holds []int
	// frame is how it holds them.
	frame int
}

type liveness int

const (
	blocked liveness = iota
	sleeping
	timing // waits for a timer's channel
	ticking
	reading // from a pipe
	livenesses
)

const frames = 4

// waitable says whether a goroutine can wait for a node.
func (n node) waitable() bool { return n.kind != box }

func (n node) channel() bool { return n.kind == unbuffered || n.kind == buffered }

// describe makes up a graph of 2 to 12 goroutines and 2 to 24 nodes. How dense it is varies, so that there are cases
// where all are leaked, none is, and everything between.
func describe(random *rand.Rand) *graph {
	g := &graph{nodes: make([]node, 2+random.Intn(23)), goroutines: make([]goroutine, 2+random.Intn(11))}
	references := 1 + random.Intn(3)
	pick := func(n int) []int {
		picked := make([]int, random.Intn(n+1))
		for i := range picked {
			picked[i] = random.Intn(len(g.nodes))
		}
		return picked
	}
	var waitable, channels []int
	for i := range g.nodes {
		n := &g.nodes[i]
		n.kind = nodeKind(random.Intn(int(nodeKinds)))
		if random.Intn(3) == 0 {
			n.kind = box
		}
		switch n.kind {
		case box, lockedBox:
			n.refers = pick(references)
			n.payload = 64 << random.Intn(8)
		case buffered:
			n.full = random.Intn(2) == 0
			if n.full {
				n.refers = append([]int{random.Intn(len(g.nodes))}, pick(references)...)
			}
		}
		if n.waitable() {
			waitable = append(waitable, i)
		}
		if n.channel() {
			channels = append(channels, i)
		}
	}
	for i := 0; i < random.Intn(4); i++ {
		g.roots = append(g.roots, random.Intn(len(g.nodes)))
	}
	for i := range g.goroutines {
		r := &g.goroutines[i]
		r.holds = pick(references)
		r.frame = random.Intn(frames)
		switch choice := random.Intn(20); {
		case choice < 3:
			r.live = liveness(1 + random.Intn(int(livenesses)-1))
		case choice == 3 || len(waitable) == 0:
			r.onNil = random.Intn(2) == 0
		case choice < 9 && len(channels) > 0:
			for n := 2 + random.Intn(2); n > 0; n-- {
				r.wait(g, channels[random.Intn(len(channels))], random)
			}
		default:
			r.wait(g, waitable[random.Intn(len(waitable))], random)
		}
	}
	g.separate()
	return g
}

func (r *goroutine) wait(g *graph, at int, random *rand.Rand) {
	send := false
	switch n := g.nodes[at]; n.kind {
	case unbuffered:
		send = random.Intn(2) == 0
	case buffered:
		send = n.full
	}
	r.waits = append(r.waits, at)
	r.sends = append(r.sends, send)
}

// separate sees to it that nobody meets on an unbuffered channel: all goroutines of a case that wait for one do the
// same, send or receive, as the first of them.
func (g *graph) separate() {
	direction := map[int]bool{}
	for i := range g.goroutines {
		r := &g.goroutines[i]
		for j, at := range r.waits {
			if first, seen := direction[at]; seen {
				r.sends[j] = first
			} else {
				direction[at] = r.sends[j]
			}
		}
	}
}

// solve says of each goroutine whether it may run again: it is live, or it waits for something that a global or a
// goroutine that may run again reaches. By brute force: all is computed again until nothing changes.
func (g *graph) solve() []bool {
	alive := make([]bool, len(g.goroutines))
	for i, r := range g.goroutines {
		alive[i] = r.live != blocked
	}
	for changed := true; changed; {
		changed = false
		reached := g.reached(alive)
		for i, r := range g.goroutines {
			for _, at := range r.waits {
				if reached[at] && !alive[i] {
					alive[i] = true
					changed = true
				}
			}
		}
	}
	return alive
}

// reached says of each node whether a global or one of the given goroutines reaches it.
func (g *graph) reached(from []bool) []bool {
	reached := make([]bool, len(g.nodes))
	for _, at := range g.roots {
		reached[at] = true
	}
	for i, r := range g.goroutines {
		if from[i] {
			for _, at := range append(append([]int(nil), r.holds...), r.waits...) {
				reached[at] = true
			}
		}
	}
	for changed := true; changed; {
		changed = false
		for i, n := range g.nodes {
			for _, at := range n.refers {
				if reached[i] && !reached[at] {
					reached[at] = true
					changed = true
				}
			}
		}
	}
	return reached
}

// heldBytes is the payload of boxes that leaked goroutines reach and nothing else does.
func (g *graph) heldBytes(alive []bool) int {
	leaked := make([]bool, len(alive))
	for i := range alive {
		leaked[i] = !alive[i]
	}
	byAlive, byLeaked := g.reached(alive), g.reached(leaked)
	held := 0
	for i, n := range g.nodes {
		if byLeaked[i] && !byAlive[i] {
			held += n.payload
		}
	}
	return held
}

// why is for people who look into a case that came out wrong.
func (g *graph) why(i int) string {
	r := g.goroutines[i]
	if r.live != blocked {
		return "it wakes by itself"
	}
	text := "it waits for"
	for j, at := range r.waits {
		text += fmt.Sprintf(" %d:%s", at, kindNames[g.nodes[at].kind])
		if r.sends[j] {
			text += "!"
		}
	}
	if len(r.waits) == 0 {
		text += " nothing"
	}
	return fmt.Sprintf("%s, holds %v; roots %v", text, r.holds, g.roots)
}
