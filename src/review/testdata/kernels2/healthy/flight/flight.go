package flight

import "sync"

type call struct {
	wg    sync.WaitGroup
	value string
	err   error
}

type flight struct {
	mu    sync.Mutex
	calls map[string]*call
}

// do runs load once for all who ask at the same time.
func (f *flight) do(key string, load func(string) (string, error)) (string, error) {
	f.mu.Lock()
	if c, running := f.calls[key]; running {
		f.mu.Unlock()
		c.wg.Wait()
		return c.value, c.err
	}
	c := new(call)
	c.wg.Add(1)
	if f.calls == nil {
		f.calls = map[string]*call{}
	}
	f.calls[key] = c
	f.mu.Unlock()

	defer func() {
		f.mu.Lock()
		delete(f.calls, key)
		f.mu.Unlock()
		c.wg.Done()
	}()
	c.value, c.err = load(key)
	return c.value, c.err
}

var loads flight

// Load reads what has the key.
func Load(key string, load func(string) (string, error)) (string, error) {
	return loads.do(key, load)
}
