import { describe, expect, it } from 'vitest';
import { outerFunction, ownerOf, packageOf, shortFunction } from './packages.ts';

describe('ownerOf', () => {
  it.each([
    ['net/http.(*conn).serve', '/usr/local/go/src/net/http/server.go', 'std'],
    ['net/http.(*conn).serve', 'net/http/server.go', 'std'],
    ['internal/sync.runtime_SemacquireMutex', '/usr/local/go/src/runtime/sema.go', 'std'],
    ['slices.SortFunc[go.shape.[]github.com/x/y.T,github.com/x/y.T]', '/go/src/slices/sort.go', 'std'],
    [
      'vendor/golang.org/x/net/http2/hpack.(*Decoder).Write',
      '/go/src/vendor/golang.org/x/net/http2/hpack/hpack.go',
      'std',
    ],
    ['main.main', '/home/me/app/main.go', 'user'],
    ['example.com/shop/cache.(*LRU).Add', '/home/me/shop/cache/lru.go', 'user'],
    ['log/shipper.(*S).Run', '/home/me/log/shipper/s.go', 'user'],
    ['shop/internal/cart.Add', '/home/me/shop/internal/cart/cart.go', 'user'],
    ['github.com/x/lru.(*Cache).Add', '/root/go/pkg/mod/github.com/x/lru@v1.2.0/lru.go', 'dependency'],
    ['github.com/x/lru.(*Cache).Add', 'github.com/x/lru@v1.2.0/lru.go', 'dependency'],
    ['github.com/x/lru.(*Cache).Add', '/home/me/shop/vendor/github.com/x/lru/lru.go', 'dependency'],
    ['runtime.goexit', '', 'std'],
    ['_cgoexp_0123_cb', '', 'std'],
    ['epoll_wait', '', 'std'],
  ])('%s in %s is %s', (symbol, file, owner) => {
    expect(ownerOf(symbol, file)).toBe(owner);
  });
});

describe('names', () => {
  it('finds the package', () => {
    expect(packageOf('gopkg.in/yaml%2ev3.Unmarshal')).toBe('gopkg.in/yaml.v3');
    expect(packageOf('a.com/b.F[a.com/c.T]')).toBe('a.com/b');
  });
  it('counts closures to the function that they are written in', () => {
    expect(outerFunction('main.(*desk).submit.func1')).toBe('main.(*desk).submit');
    expect(outerFunction('main.run.func1.2.gowrap1')).toBe('main.run');
    expect(outerFunction('main.(*S).Run-fm')).toBe('main.(*S).Run');
  });
  it('shortens the package path', () => {
    expect(shortFunction('example.com/shop/cache.(*LRU).Add')).toBe('cache.(*LRU).Add');
    expect(shortFunction('main.F[example.com/x.T]')).toBe('main.F[example.com/x.T]');
  });
});
