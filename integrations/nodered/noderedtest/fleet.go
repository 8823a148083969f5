package noderedtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"
)

// Instance is one Node-RED to talk to, real or not.
type Instance struct {
	Name  string
	URL   string
	Token string
	// Standin is set when it is the stand-in, to put it into trouble.
	Standin *Server
}

// FleetOptions say which instances a fleet has.
type FleetOptions struct {
	// Names has one instance each, such as "lab", "staging", "production".
	Names []string
	// Dir keeps each instance's state in a folder of its name, over restarts. Required.
	Dir string
	// Token is the bearer token of all of them.
	Token string
	// Editor serves Node-RED's editor, where the program is real.
	Editor bool
	// Standin takes the stand-in even where Node-RED is installed.
	Standin bool
	// Changed is called when a stand-in keeps or starts a flow set. Optional.
	Changed func()
	Logger  *slog.Logger
}

// Fleet is several instances on the loopback.
type Fleet struct {
	Instances []Instance
	// Real is set when they are Node-RED itself.
	Real    bool
	closers []func() error
}

// StartFleet starts the instances: Node-RED itself where it is installed, else
// the stand-in. It returns when all answer; on an error nothing is left running.
func StartFleet(ctx context.Context, o FleetOptions) (*Fleet, error) {
	f := &Fleet{}
	install, err := Installed()
	f.Real = err == nil && !o.Standin
	if !f.Real && o.Logger != nil {
		o.Logger.Info("a stand-in takes the place of Node-RED", "why", err)
	}
	for _, name := range o.Names {
		dir := filepath.Join(o.Dir, name)
		i := Instance{Name: name, Token: o.Token}
		if f.Real {
			p, err := Launch(ctx, LaunchOptions{Install: install, Dir: dir, Token: o.Token, Editor: o.Editor})
			if err != nil {
				return nil, errors.Join(fmt.Errorf("instance %s: %w", name, err), f.Close())
			}
			i.URL = p.URL
			f.closers = append(f.closers, p.Stop)
		} else {
			if i.Standin, err = New(Options{Token: o.Token, Dir: dir, Changed: o.Changed}); err == nil {
				i.URL, err = f.serve(i.Standin)
			}
			if err != nil {
				return nil, errors.Join(fmt.Errorf("instance %s: %w", name, err), f.Close())
			}
		}
		f.Instances = append(f.Instances, i)
	}
	return f, nil
}

// Environment is what a process is configured with to reach the instances, each
// under a reference made of its name: PLATFORM_LAB_URL and PLATFORM_LAB_TOKEN of
// "lab".
func (f *Fleet) Environment() map[string]string {
	env := map[string]string{}
	for _, i := range f.Instances {
		ref := "PLATFORM_" + strings.ToUpper(strings.ReplaceAll(i.Name, "-", "_"))
		env[ref+"_URL"], env[ref+"_TOKEN"] = i.URL, i.Token
	}
	return env
}

func (f *Fleet) serve(h http.Handler) (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(l) // ends with Close; a listener that fails shows as an instance that is down
	}()
	f.closers = append(f.closers, func() error {
		err := server.Close()
		<-done
		return err
	})
	return "http://" + l.Addr().String(), nil
}

// Close ends every instance.
func (f *Fleet) Close() error {
	var errs []error
	for _, end := range f.closers {
		errs = append(errs, end())
	}
	f.closers = nil
	return errors.Join(errs...)
}
