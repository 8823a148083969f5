// Package command is the command line of the sandbox.
package command

import (
	"github.com/spf13/cobra"
)

// Root returns the sandbox's commands. The context it is executed with ends
// them: each stops what it started and returns without an error.
func Root() *cobra.Command {
	root := &cobra.Command{
		Use:   "sandbox",
		Short: "Countersign on one machine, with everything it needs",
		// A wrong flag deserves the usage, a failed start does not.
		SilenceUsage: true,
	}
	root.AddCommand(server())
	return root
}
