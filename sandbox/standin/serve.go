package standin

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// serveJira listens for the stand-in for Jira, until Close.
func (s *Site) serveJira(o Options) error {
	address := o.JiraAddress
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s.JiraURL = "http://" + l.Addr().String()
	s.serve(l, browsable(o.Browse, s.Jira))
	return nil
}

// serve answers on a listener until Close.
func (s *Site) serve(l net.Listener, h http.Handler) {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Shutdown; a listener that fails shows as a vendor that is down
	}()
	s.closers = append(s.closers, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		err := server.Shutdown(ctx)
		if err != nil { // a connection somebody opened and never used counts as busy for 5 s
			err = server.Close()
		}
		<-done
		return err
	})
}

// browsable sends people who open a ticket's address, as it stands on cards,
// to the page that shows it.
func browsable(base string, api http.Handler) http.Handler {
	if base == "" {
		return api
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, ok := strings.CutPrefix(r.URL.Path, "/browse/")
		if !ok || key == "" || r.Method != http.MethodGet {
			api.ServeHTTP(w, r)
			return
		}
		http.Redirect(w, r, base+url.PathEscape(key), http.StatusSeeOther)
	})
}
