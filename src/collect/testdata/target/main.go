// A small service for the tests of src/collect: pprof, expvar and metrics behind whatever door a flag asks for.
package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"expvar"
	"flag"
	"fmt"
	"log"
	"math/big"
	"net"
	"net/http"
	_ "net/http/pprof"
	"os"
	"runtime"
	"strings"
	"time"
)

var (
	kept     [][]byte
	requests = expvar.NewInt("requests_total")
)

func main() {
	addr := flag.String("addr", "127.0.0.1:0", "TCP address")
	unix := flag.String("unix", "", "Unix socket instead of TCP")
	prefix := flag.String("prefix", "", "path that everything is mounted under")
	basic := flag.String("basic", "", "USER:PASSWORD that is asked for")
	bearer := flag.String("bearer", "", "bearer token that is asked for")
	header := flag.String("header", "", "'Name: value' that is asked for")
	tlsFile := flag.String("tls", "", "serve TLS with a fresh self-signed certificate, written to this file")
	keyFile := flag.String("mtls", "", "ask clients for that certificate, too; its key is written to this file")
	noVars := flag.Bool("no-vars", false, "no /debug/vars")
	noIndex := flag.Bool("no-index", false, "only single profile handlers")
	noPprof := flag.Bool("no-pprof", false, "no /debug/pprof")
	life := flag.Duration("life", time.Minute, "exit after this long")
	quiet := flag.Bool("quiet", false, "do not print the address")
	flag.Parse()

	time.AfterFunc(*life, func() { os.Exit(0) })
	go work()

	http.HandleFunc("/metrics", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "# TYPE go_info gauge\ngo_info{version=%q} 1\n", runtime.Version())
		fmt.Fprintf(w, "# TYPE http_requests_total counter\nhttp_requests_total{code=\"200\"} %d\nhttp_requests_total{code=\"500\"} 3\n", requests.Value())
		fmt.Fprintf(w, "# TYPE process_resident_memory_bytes gauge\nprocess_resident_memory_bytes 1.2345e+07\n")
	})
	http.HandleFunc("/crash", func(http.ResponseWriter, *http.Request) { go panic("out of luck") })
	handler := http.Handler(http.DefaultServeMux)
	if *prefix != "" {
		mux := http.NewServeMux()
		mux.Handle(*prefix+"/", http.StripPrefix(*prefix, handler))
		handler = mux
	}
	inner := handler
	handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		name, value, _ := strings.Cut(*header, ": ")
		switch {
		case *basic != "" && user+":"+password != *basic,
			*bearer != "" && r.Header.Get("Authorization") != "Bearer "+*bearer,
			*header != "" && r.Header.Get(name) != value:
			w.WriteHeader(http.StatusUnauthorized)
		case *noVars && strings.HasSuffix(r.URL.Path, "/vars"),
			*noIndex && strings.HasSuffix(r.URL.Path, "/pprof/"),
			*noPprof && strings.Contains(r.URL.Path, "/pprof"):
			http.NotFound(w, r)
		default:
			inner.ServeHTTP(w, r)
		}
	})

	listener, err := listen(*unix, *addr)
	if err != nil {
		log.Fatal(err)
	}
	scheme := "http"
	if *tlsFile != "" {
		config, err := selfSigned(*tlsFile, *keyFile)
		if err != nil {
			log.Fatal(err)
		}
		listener = tls.NewListener(listener, config)
		scheme = "https"
	}
	if !*quiet {
		fmt.Printf("listening on %s://%s\n", scheme, listener.Addr())
	}
	log.Fatal(http.Serve(listener, handler))
}

// work allocates and keeps, so that there is something to see in every profile.
func work() {
	for range time.Tick(5 * time.Millisecond) {
		kept = append(kept, make([]byte, 64<<10))
		if len(kept) > 2000 {
			kept = nil
		}
		requests.Add(1)
		if len(kept)%20 == 0 {
			go func() { select {} }()
		}
	}
}

func listen(unix, addr string) (net.Listener, error) {
	if unix != "" {
		return net.Listen("unix", unix)
	}
	return net.Listen("tcp", addr)
}

func selfSigned(certFile, keyFile string) (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "target"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:              []string{"localhost"},
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	encoded := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	if err := os.WriteFile(certFile, encoded, 0o600); err != nil {
		return nil, err
	}
	config := &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
	if keyFile != "" {
		raw, err := x509.MarshalECPrivateKey(key)
		if err != nil {
			return nil, err
		}
		if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: raw}), 0o600); err != nil {
			return nil, err
		}
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(encoded)
		config.ClientCAs = pool
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}
