// Command worker runs roles of Countersign: the processes, the calls to the
// vendors, the evidence log, or all of them with the gateway.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	_ "time/tzdata" // one zone database ships with the binary (C25)

	"go.temporal.io/sdk/contrib/envconfig"

	"github.com/lowcodex/countersign/app"
)

func main() { os.Exit(run()) }

func run() int {
	roles := flag.String("role", app.RoleAll, "comma-separated roles: "+strings.Join(app.Roles(), ", "))
	ask := flag.String("healthcheck", "", "ask a page such as http://127.0.0.1:8091/readyz at this `address` whether a process is well, and end")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if *ask != "" {
		return healthcheck(ctx, *ask)
	}
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := app.Main(ctx, envconfig.EnvLookupOS, log, strings.Split(*roles, ",")...); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		return 1
	}
	return 0
}

func healthcheck(ctx context.Context, address string) int {
	if err := app.Healthcheck(ctx, address); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		return 1
	}
	return 0
}
