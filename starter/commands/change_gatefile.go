package commands

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.temporal.io/sdk/temporal"

	rules "github.com/lowcodex/countersign/compliance/change"
	"github.com/lowcodex/countersign/compliance/gate"
	process "github.com/lowcodex/countersign/workflows/change"
)

// gateFile is a file that is handed over, read and measured.
type gateFile struct {
	part   gate.Part
	name   string // without its folders
	digest string // SHA-256, hex
	answer string // that names it
	data   []byte
}

func (p *program) readGateFile(part gate.Part, path string) (gateFile, error) {
	flag := "--" + dashed(string(part))
	file, err := os.Open(path)
	if err != nil {
		return gateFile{}, usage(flag+" cannot be read: "+err.Error(), "check the path")
	}
	defer file.Close() //nolint:errcheck // only read from
	data, err := io.ReadAll(io.LimitReader(file, process.MaxGateFile+1))
	switch {
	case err != nil:
		return gateFile{}, usage(flag+" cannot be read: "+err.Error(), "check that "+path+" is a readable file")
	case len(data) == 0:
		return gateFile{}, usage(flag+": "+path+" is empty", "give the file that the tool wrote")
	case len(data) > process.MaxGateFile:
		return gateFile{}, usage(fmt.Sprintf("%s: %s is larger than the %d bytes that pass through the engine", flag, path, process.MaxGateFile), "leave out what the check does not look at, or split the change")
	}
	sum := sha256.Sum256(data)
	out := gateFile{part: part, name: filepath.Base(path), digest: hex.EncodeToString(sum[:]), data: data}
	var ok bool
	if out.answer, ok = rules.FileAnswer("sha256:"+out.digest, out.name); !ok {
		return gateFile{}, usage(flag+": "+quote(out.name)+" is no name that a record can hold", "rename the file: a letter or digit first, then letters, digits, spaces and . _ - ( ) + @, at most 100 in all")
	}
	return out, nil
}

// storeGateFile has a file stored, or finds that it was: its id is that of its content.
func (p *program) storeGateFile(ctx context.Context, e engine, f gateFile, delivery string) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.timeout)
	defer cancel()
	again := "repeat the command with --delivery " + delivery + ": nothing is done twice"
	run, err := e.ExecuteWorkflow(ctx, onceStored(process.GateFileID(f.digest)), process.GateFileType, process.GateFileInput{Data: f.data})
	var stored *temporal.WorkflowExecutionError
	if err == nil {
		var result process.GateFileResult
		err = run.Get(ctx, &result)
	}
	switch {
	case err == nil:
		return nil
	case errors.As(err, &stored):
		return &failure{code: ExitRefused, what: f.name + " was not stored, and nothing was handed over: " + stored.Error(), next: again, err: err}
	case ctx.Err() != nil:
		return unreachable(f.name+" is not stored yet; nothing was handed over", "look whether a worker runs; then "+again, err)
	}
	return unreachable("it is not known whether "+f.name+" was stored: "+err.Error(), again, err)
}
