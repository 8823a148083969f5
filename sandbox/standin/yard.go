package standin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lowcodex/countersign/integrations/nodered"
	"github.com/lowcodex/countersign/integrations/nodered/noderedtest"
	"github.com/lowcodex/countersign/policy"
)

// NodeREDToken is the bearer token of every installation. Like the other secrets
// it protects nothing.
const NodeREDToken = "standin-nodered-token-0123456789"

// Platform is one installation that rollouts reach, or a place beside the rings.
type Platform struct {
	ID        string // in the policy
	Reference string // as the policy's address, e.g. YARD_GATE
	System    string
	Class     string
	Ring      string          // of a target; empty for a place
	Use       policy.PlaceUse // of a place; empty for a target
	URL       string
	// Standin is nil where Node-RED itself runs.
	Standin *noderedtest.Server

	dir string // of its state
}

// Yard is the installations of the policy, in its order.
type Yard []Platform

// Platform finds an installation by its id.
func (y Yard) Platform(id string) (Platform, bool) {
	i := slices.IndexFunc(y, func(p Platform) bool { return p.ID == id })
	if i < 0 {
		return Platform{}, false
	}
	return y[i], true
}

// Kind says what the installations are.
func (y Yard) Kind() string {
	if len(y) > 0 && y[0].Standin == nil {
		return "Node-RED itself"
	}
	return "a stand-in for Node-RED"
}

func (y Yard) environment() map[string]string {
	env := map[string]string{}
	for _, p := range y {
		env["PLATFORM_"+p.Reference+"_URL"], env["PLATFORM_"+p.Reference+"_TOKEN"] = p.URL, NodeREDToken
	}
	return env
}

// startWithin bounds the start of all installations: Node-RED itself takes some
// seconds each.
const startWithin = 3 * time.Minute

// startYard runs every installation of Node-RED that the policy names and whose
// address nobody has given. A first start puts the first version on all but the
// scratch places.
func (s *Site) startYard(o Options) error {
	s.Yard = yardOf(o.Rules, o.Elsewhere)
	if len(s.Yard) == 0 {
		return nil
	}
	dir := o.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "countersign-yard-"); err != nil {
			return err
		}
		s.closers = append(s.closers, func() error { return os.RemoveAll(dir) })
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	fleet := noderedtest.FleetOptions{
		Dir: filepath.Join(dir, "node-red"), Token: NodeREDToken, Editor: true, Standin: !o.NodeRED, Changed: o.Changed, Logger: o.Logger,
	}
	var fresh []bool
	for i := range s.Yard {
		name := strings.ToLower(s.Yard[i].Reference)
		s.Yard[i].dir = filepath.Join(fleet.Dir, name)
		_, err := os.Stat(filepath.Join(s.Yard[i].dir, "flows.json"))
		fresh = append(fresh, errors.Is(err, fs.ErrNotExist))
		fleet.Names = append(fleet.Names, name)
	}
	started, err := noderedtest.StartFleet(ctx, fleet)
	if err != nil {
		return err
	}
	s.closers = append(s.closers, started.Close)
	for i := range s.Yard {
		p := &s.Yard[i]
		p.URL, p.Standin = started.Instances[i].URL, started.Instances[i].Standin
		if err := p.begin(ctx, fresh[i]); err != nil {
			return fmt.Errorf("%s: %w", p.ID, err)
		}
	}
	return nil
}

// begin puts the first version there, and the trouble of before the restart.
func (p Platform) begin(ctx context.Context, fresh bool) error {
	if fresh && p.Use != policy.PlaceScratch {
		if err := p.Save(ctx, Flows(FirstVersion, Works)); err != nil {
			return err
		}
	}
	if p.Standin == nil {
		return nil
	}
	t, err := kept(p.troubleFile())
	if err != nil {
		return err
	}
	p.Standin.Set(t) // what it holds runs from now on
	return nil
}

// Save puts a flow set there as somebody in the editor does, over whatever is there.
func (p Platform) Save(ctx context.Context, flows string) error {
	if p.Standin != nil {
		return p.Standin.Save(flows)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.URL+"/flows", strings.NewReader(flows))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+NodeREDToken)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = resp.Body.Close() // nothing of it is read
	if resp.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("the flows were not saved: %s", resp.Status)
	}
	return nil
}

// Break puts a stand-in into trouble, or out of it with the zero value, and keeps
// that over restarts.
func (p Platform) Break(t noderedtest.Trouble) error {
	if p.Standin == nil {
		return errors.New("this is Node-RED itself: break it in its editor")
	}
	p.Standin.Set(t)
	raw, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return os.WriteFile(p.troubleFile(), raw, 0o600)
}

func (p Platform) troubleFile() string { return filepath.Join(p.dir, "trouble.json") }

// kept reads the trouble of before a restart; a file that a crash cut short is none.
func kept(file string) (noderedtest.Trouble, error) {
	var t noderedtest.Trouble
	raw, err := os.ReadFile(file)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return t, nil
		}
		return t, err
	}
	if json.Unmarshal(raw, &t) != nil {
		return noderedtest.Trouble{}, nil
	}
	return t, nil
}

// yardOf lists the installations of the policy that run here.
func yardOf(rules *policy.Rules, elsewhere func(string) bool) Yard {
	var all Yard
	add := func(platform string, p Platform) {
		known := slices.ContainsFunc(all, func(o Platform) bool { return o.Reference == p.Reference })
		if platform == nodered.Kind && !known && (elsewhere == nil || !elsewhere(p.Reference)) {
			all = append(all, p)
		}
	}
	var rollouts []policy.Rollout
	for _, t := range rules.PatchTargets() {
		add(t.Platform, Platform{ID: t.ID, Reference: t.Address, System: t.System, Class: t.Class, Ring: t.Ring})
		if r := (policy.Rollout{Class: t.Class, System: t.System}); !slices.Contains(rollouts, r) {
			rollouts = append(rollouts, r)
		}
	}
	for _, r := range rollouts {
		for _, use := range []policy.PlaceUse{policy.PlaceSource, policy.PlaceScratch} {
			for _, place := range rules.PatchPlaces(r, use) {
				add(place.Platform, Platform{ID: place.ID, Reference: place.Address, System: place.System, Class: place.Class, Use: cmp.Or(place.Use, use)})
			}
		}
	}
	return all
}
