package harness

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"go.temporal.io/sdk/contrib/envconfig"
	"google.golang.org/grpc"

	"github.com/lowcodex/countersign/app"
)

const (
	// rolesVariable makes a test binary that calls PlayRole a process of the product.
	rolesVariable = "COUNTERSIGN_TEST_ROLES"
	// OwnDeadlines, when it is set, leaves the engine the product's own deadlines,
	// so that a process that was killed is missed as late as in production.
	OwnDeadlines = "COUNTERSIGN_TEST_OWN_DEADLINES"
)

// PlayRole makes this process one of the product, with the roles that the
// environment names, when it was started as one by Supervise; it then never
// returns. It must be the first thing in TestMain. The process is the shipped
// one, composed by app, except that it can be told to die at a Moment and that
// the engine misses it sooner.
func PlayRole() {
	roles := os.Getenv(rolesVariable)
	if roles == "" {
		return
	}
	if err := playRole(strings.Split(roles, ",")); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func playRole(roles []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var mu sync.Mutex
	tell := func(v any) {
		mu.Lock()
		defer mu.Unlock()
		_, _ = os.Stdout.Write(encodeLine(v)) // when the test is gone, nobody minds
	}
	m := newMoments(tell, os.Getenv(OwnDeadlines) != "")
	go obey(m, tell, stop)
	cfg, err := app.FromEnvironment(envconfig.EnvLookupOS, roles)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, cfg, app.Options{
		Logger:   slog.New(slog.NewJSONHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelInfo})),
		Dial:     []grpc.DialOption{grpc.WithChainUnaryInterceptor(m.intercept)},
		Observer: m.observer(),
		Started:  func() { tell(event{Ready: true}) },
		// One that fires is a task repeated, which is no step of any story.
		DeadlockDetection: DeadlockDetection,
	})
	if err != nil {
		return err
	}
	return a.Run(ctx)
}

// obey carries out orders until the test closes the pipe, which also ends the role.
func obey(m *moments, tell func(any), stop func()) {
	defer stop()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var o order
		if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
			continue // only a broken test sends such a line, and then waits for its answer in vain
		}
		switch {
		case o.Count:
			tell(event{Counts: m.counts()})
		case o.Arm != nil && o.Victim == 0:
			m.arm(o.Arm, syscall.Getpid())
			tell(event{Armed: true})
		case o.Arm != nil, o.Afresh:
			m.arm(o.Arm, o.Victim)
			tell(event{Armed: true})
		}
	}
}
