package stage

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/lowcodex/countersign/policy"
)

// Observe is how often the sandbox looks at what its installations serve, so that an
// edit by hand is found while somebody waits for it.
const Observe = "1m"

// WriteExample writes the policy of the example organisation, with its installations
// observed. The error is fs.ErrExist where a policy is there already, which stays.
func WriteExample(dir string) error {
	if err := policy.WriteExample(dir); err != nil {
		return err
	}
	file := filepath.Join(dir, "rules", "patch.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	const class = "  - name: node-red\n"
	before, after, ok := strings.Cut(string(text), class)
	if !ok {
		return errors.New("the sandbox's policy: no class node-red in rules/patch.yaml: the example is another one by now")
	}
	return os.WriteFile(file, []byte(before+class+"    observe: {every: "+Observe+"} # what targets serve is compared with what is on record\n"+after), 0o600)
}
