package harness

import (
	"sync"
	"testing"
	"time"
)

// Keeper starts a server again, on the same address and file, whenever it ends.
type Keeper struct {
	t    testing.TB
	opts ServerOptions

	mu     sync.Mutex
	server *Server
	deaths []Death
	ended  bool
	done   chan struct{}
}

// Keep keeps a server that was started with these options and a File running
// until Close, which must be called before the test's cleanups run.
func (s *Server) Keep(t testing.TB, o ServerOptions) *Keeper {
	o.Address = s.Address
	k := &Keeper{t: t, opts: o, server: s, done: make(chan struct{})}
	go k.keep()
	return k
}

func (k *Keeper) keep() {
	defer close(k.done)
	for range mostRestarts {
		<-k.now().exited
		k.mu.Lock()
		ended := k.ended
		if !ended {
			k.deaths = append(k.deaths, Death{At: time.Now()})
		}
		k.mu.Unlock()
		if ended {
			return
		}
		next := StartServer(k.t, k.opts)
		k.mu.Lock()
		k.server = next
		k.mu.Unlock()
	}
}

func (k *Keeper) now() *Server {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.server
}

// Pid is the process id of the present server.
func (k *Keeper) Pid() int { return k.now().cmd.Process.Pid }

// Kill ends the present server as a failure of the machine would.
func (k *Keeper) Kill() { k.now().Kill() }

// Deaths lists the ends so far, oldest first.
func (k *Keeper) Deaths() []Death {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]Death(nil), k.deaths...)
}

// Close ends the server for good.
func (k *Keeper) Close() {
	k.mu.Lock()
	k.ended = true
	k.mu.Unlock()
	k.Kill()
	<-k.done
	k.Kill() // one that was being started meanwhile
}
