package lockpair

import "sync"

type account struct {
	mu      sync.Mutex
	balance int
}

type pool struct {
	mu       sync.Mutex
	accounts map[string]*account
	pending  int
}

func newPool(names []string) *pool {
	p := &pool{accounts: map[string]*account{}}
	for _, name := range names {
		p.accounts[name] = &account{balance: 100}
	}
	return p
}

// reset sets all balances, for a new head.
func (p *pool) reset(balance int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.accounts {
		a.mu.Lock()
		a.balance = balance
		a.mu.Unlock()
	}
}

func (p *pool) spend(name string, amount int) bool {
	a := p.accounts[name]
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.balance < amount {
		return false
	}
	a.balance -= amount
	p.mu.Lock() // leak: none-yet
	defer p.mu.Unlock()
	p.pending++
	return true
}

// Simulate spends on all accounts while heads arrive.
func Simulate(names []string, rounds int) int {
	p := newPool(names)
	var wg sync.WaitGroup
	for _, name := range names {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for range rounds {
				p.spend(name, 1)
			}
		}()
	}
	for range rounds {
		p.reset(100)
	}
	wg.Wait()
	return p.pending
}
