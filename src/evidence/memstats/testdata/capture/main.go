// Writes the metrics page of client_golang's Go and process collectors into a directory: metrics.txt, openmetrics.txt,
// runtime-only.txt (without go_memstats_*), and metrics.json with what prometheus/common reads out of metrics.txt.
package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sort"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

type sample struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
	Value  string            `json:"value"`
}

func main() {
	dir := os.Args[1]
	debug.SetMemoryLimit(1 << 30)
	for i := 0; i < 64; i++ {
		held = append(held, make([]byte, 64<<10))
	}
	runtime.GC()

	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsAll)),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "http_requests_total", Help: "Requests \\ of \"x\".\nSecond line.",
	}, []string{"code", "path"})
	requests.WithLabelValues("200", "/a \"b\"\\c\n{}, x=\"1\"").Add(12)
	requests.WithLabelValues("500", "/ü").(prometheus.ExemplarAdder).AddWithExemplar(3, prometheus.Labels{"trace_id": "ab}c"})
	odd := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "odd"}, []string{"kind"})
	for kind, value := range map[string]string{"nan": "NaN", "up": "+Inf", "down": "-Inf", "small": "-1.5e-300"} {
		number, _ := strconv.ParseFloat(value, 64)
		odd.WithLabelValues(kind).Set(number)
	}
	registry.MustRegister(requests, odd)

	text := page(registry, "text/plain")
	write(dir, "metrics.txt", text)
	write(dir, "openmetrics.txt", page(registry, "application/openmetrics-text; version=1.0.0"))
	only := prometheus.NewRegistry()
	only.MustRegister(collectors.NewGoCollector(
		collectors.WithGoCollectorMemStatsMetricsDisabled(), collectors.WithGoCollectorRuntimeMetrics(collectors.MetricsAll)))
	write(dir, "runtime-only.txt", page(only, "text/plain"))

	var parser expfmt.TextParser
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	check(err)
	samples := []sample{}
	for name, family := range families {
		for _, metric := range family.Metric {
			labels := map[string]string{}
			for _, pair := range metric.Label {
				labels[pair.GetName()] = pair.GetValue()
			}
			value := 0.0
			switch {
			case metric.Counter != nil:
				value = metric.Counter.GetValue()
			case metric.Gauge != nil:
				value = metric.Gauge.GetValue()
			default:
				continue // summaries and histograms are several samples
			}
			samples = append(samples, sample{name, labels, strconv.FormatFloat(value, 'g', -1, 64)})
		}
	}
	sort.Slice(samples, func(i, j int) bool { return samples[i].Name < samples[j].Name })
	encoded, err := json.MarshalIndent(samples, "", " ")
	check(err)
	write(dir, "metrics.json", string(encoded)+"\n")
}

var held [][]byte

func page(registry *prometheus.Registry, accept string) string {
	recorder := httptest.NewRecorder()
	request := httptest.NewRequest("GET", "/metrics", nil)
	request.Header.Set("Accept", accept)
	promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true}).ServeHTTP(recorder, request)
	return recorder.Body.String()
}

func write(dir, name, text string) {
	check(os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
