package engine

import (
	"context"
	"fmt"
	"net"
	"time"

	ui "github.com/temporalio/ui-server/v2/server"
	uiconfig "github.com/temporalio/ui-server/v2/server/config"
	uioptions "github.com/temporalio/ui-server/v2/server/server_options"
)

// webUI is Temporal's own web interface, served from the assets its module
// carries.
type webUI struct {
	server *ui.Server
	done   chan struct{}
}

// startUI serves the UI in the background and returns once it takes connections.
// Its port was checked to be free; a port lost in between ends the process,
// because that is how the UI server reports it.
func startUI(ctx context.Context, c Config, p ports) (*webUI, error) {
	w := &webUI{done: make(chan struct{})}
	w.server = ui.NewServer(uioptions.WithConfigProvider(&uiconfig.Config{
		TemporalGRPCAddress: join(reachable(c.IP), p.frontend),
		Host:                bracket(c.IP),
		Port:                p.ui,
		EnableUI:            true,
		DefaultNamespace:    c.Namespaces[0],
		DisableNewsFetch:    true, // nothing here calls out
		HideLogs:            true,
		Codec:               uiconfig.Codec{Endpoint: c.CodecEndpoint, PassAccessToken: c.CodecEndpoint != ""},
		CORS:                uiconfig.CORS{CookieInsecure: true}, // plain HTTP on the loopback interface
	}))
	go func() {
		defer close(w.done)
		_ = w.server.Start() // returns nil after Stop, and never otherwise
	}()
	return w, listening(ctx, join(reachable(c.IP), p.ui))
}

func listening(ctx context.Context, address string) error {
	tick := time.NewTicker(retryPause)
	defer tick.Stop()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("engine: the web UI does not listen on %s: %w", address, err)
		}
	}
}

func (w *webUI) stop() {
	if w == nil {
		return
	}
	w.server.Stop()
	<-w.done
}

// bracket writes an IPv6 address as the UI server's own joining needs it.
func bracket(ip string) string {
	for i := range len(ip) {
		if ip[i] == ':' {
			return "[" + ip + "]"
		}
	}
	return ip
}
