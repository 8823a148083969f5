package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpread_OfKnownDurations(t *testing.T) {
	var d []time.Duration
	for i := 100; i > 0; i-- {
		d = append(d, time.Duration(i)*time.Millisecond)
	}
	require.Equal(t, spread{N: 100, P50: 51, P90: 91, P99: 100, Max: 100}, spreadOf(d))
	require.Equal(t, spread{}, spreadOf(nil))
}

func TestCounted_LeavesDisturbedRoundsOut(t *testing.T) {
	quiet, loud := pair{Product: cell{Foreign: .01}}, pair{Bare: cell{Foreign: .5}}
	require.Len(t, mode{Cells: []pair{quiet, loud, quiet, quiet}}.counted(), 3)
	require.Len(t, mode{Cells: []pair{quiet, loud, loud, loud}}.counted(), 4, "too few quiet ones: all, and the report says so")
	require.Len(t, mode{Cells: []pair{loud}}.counted(), 1)
}

// A figure that falls short is said to.
func TestJudge_SaysWhatFallsShort(t *testing.T) {
	good := mode{
		Cells:   []pair{{Product: cell{PerSecond: 6, Events: 900}, Bare: cell{PerSecond: 10, Events: 1500}}},
		Product: []source{{Events: 160, Bytes: 55_000}},
		Latency: []latency{{Side: "product", InFlight: 50, Durable: spread{P50: 200, P99: 900}}, {Side: "bare", InFlight: 50, Durable: spread{P50: 100}}},
	}
	bad := mode{
		Codec:   true,
		Cells:   []pair{{Product: cell{PerSecond: 4, Events: 400}, Bare: cell{PerSecond: 10, Events: 1000}}},
		Product: []source{{Events: 221, Bytes: 80_001}},
		Latency: []latency{{Side: "product", InFlight: 50, Durable: spread{P50: 301, P99: 1001}}, {Side: "bare", InFlight: 50, Durable: spread{P50: 100}}},
	}
	for _, c := range []struct {
		m    mode
		want bool
	}{{good, true}, {bad, false}} {
		r := report{Modes: []mode{c.m}}
		r.judge()
		require.Len(t, r.Targets, 6)
		for _, f := range r.Targets {
			require.Equal(t, c.want, f.Met, f.What)
		}
		var text bytes.Buffer
		r.write(&text)
		require.Equal(t, !c.want, bytes.Contains(text.Bytes(), []byte("SHORT")))
	}
}
