package facts

import "fixture/pool-use-after-put/facts/buffers"

func text() []byte {
	b := buffers.Get()
	b.WriteString("text")
	out := b.Bytes()
	buffers.Put(b)
	return out // want "high: out shares its memory with b and is used after b was put back"
}
