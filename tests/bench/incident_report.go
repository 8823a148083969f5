package main

import (
	"fmt"
	"io"
)

// figures are those that incidents are held to. Nothing was measured of a nil.
func (i *incidents) figures(add add) {
	if i == nil {
		return
	}
	at := fmt.Sprintf(", %d new incidents a second", i.Rate)
	add(i.FirstSend.N == i.N && i.FirstSend.P50 <= 1000, "alert accepted to first page p50"+at, "≤ 1 s", "%.0f ms", i.FirstSend.P50)
	add(i.FirstSend.N == i.N && i.FirstSend.P99 <= 5000, "alert accepted to first page p99"+at, "≤ 5 s", "%.0f ms", i.FirstSend.P99)
	add(i.Late.N == i.N && i.Late.P99 <= 2000, "second level later than due p99"+at, "≤ 2 s", "%.0f ms", i.Late.P99)
	add(i.EventsMost > 0 && i.EventsMost <= 45, "history events up to the first page, alert and incident", "≤ 45", "%d, at most %d", i.EventsMedian, i.EventsMost)
	add(i.Lost == 0, "pages lost", "0", "%d of %d incidents", i.Lost, i.N)
	add(i.Doubled == 0, "pages sent twice without a fault", "0", "%d of %d pages", i.Doubled, i.Pages)
}

func (i *incidents) write(w io.Writer) {
	if i == nil {
		return
	}
	fmt.Fprintf(w, "\n# Incidents\n\n%d in %.0f s, %d a second, all reported by a source over HTTP; others used %.0f %%; reports to be repeated: %d\n\n",
		i.N, i.Seconds, i.Rate, 100*i.Foreign, i.Refused)
	table(w, func(row func(...any)) {
		row("ms", "incidents", "p50", "p90", "p99", "max")
		for _, l := range []struct {
			name string
			s    spread
		}{{"accepted to first page", i.FirstSend}, {"second level later than due", i.Late}} {
			row(l.name, l.s.N, f(l.s.P50), f(l.s.P90), f(l.s.P99), f(l.s.Max))
		}
	})
	fmt.Fprintf(w, "\nPages: %d taken by the provider, %d lost, %d doubled. History up to the first page: %d events, at most %d.\n",
		i.Pages, i.Lost, i.Doubled, i.EventsMedian, i.EventsMost)
	fmt.Fprint(w, "Processor time, s:")
	for _, name := range []string{"engine", "worker", "evidence", "gateway", "bench"} {
		fmt.Fprintf(w, " %s %.1f", name, i.CPU[name])
	}
	fmt.Fprintln(w)
	writeMemory(w, i.RSS)
}
