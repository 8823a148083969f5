package policy_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/lowcodex/countersign/policy"
)

// changeRequired is a policy directory whose rules come into force only by a change.
func changeRequired(t *testing.T, setting string) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, policy.WriteExample(dir))
	replace(t, dir, "rules/organisation.yaml", "channels:", "rules: "+setting+"\nchannels:")
	return dir
}

func replace(t *testing.T, dir, file, from, to string) {
	t.Helper()
	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(text), from)
	require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o600))
}

const lockedSetting = "{change: required, system: sandbox, environment: sandbox, risk: medium}"

// An edit of rules that change only by a change is proposed and not in force, across
// a restart as well; an edit of the directory is in force at once.
func TestC37_AnEditIsOnlyProposedWhereItTakesAChange(t *testing.T) {
	dir := changeRequired(t, lockedSetting)
	var log bytes.Buffer
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.NewTextHandler(&log, nil)), Settle: -1})
	require.NoError(t, err)
	before, err := source.Rules(t.Context())
	require.NoError(t, err)
	require.True(t, before.Organisation().Rules.Required)
	require.Nil(t, source.Proposed())

	replace(t, dir, "rules/chains.yaml", "quorum: 2", "quorum: 1")
	replace(t, dir, "directory/groups.yaml", "[p-farah, p-hana]", "[p-farah]")
	for range 3 {
		now, err := source.Rules(t.Context())
		require.NoError(t, err)
		require.Equal(t, before.Hash, now.Hash)
	}
	directory, err := source.Directory(t.Context())
	require.NoError(t, err)
	require.Len(t, directory.Members([]string{"security"}), 1, "who left is out at once")
	proposed := source.Proposed()
	require.NotNil(t, proposed)
	require.Equal(t, 1, strings.Count(log.String(), "starter policy propose"), "it is said once")

	again, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: -1, Held: before})
	require.NoError(t, err)
	now, err := again.Rules(t.Context())
	require.NoError(t, err)
	require.Equal(t, before.Hash, now.Hash)
	require.Equal(t, proposed.Hash, again.Proposed().Hash)

	source.Hold(proposed)
	now, err = source.Rules(t.Context())
	require.NoError(t, err)
	require.Equal(t, proposed.Hash, now.Hash)
	require.Nil(t, source.Proposed())
}

// What is held needs no files of rules that are good, only a good directory.
func TestC37_WhatIsHeldSurvivesTheFiles(t *testing.T) {
	dir := changeRequired(t, lockedSetting)
	held, _, err := policy.Load(dir)
	require.NoError(t, err)
	replace(t, dir, "rules/chains.yaml", "quorum: 2", "quorum: many")
	open := func() (*policy.Source, error) {
		return policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: -1, Held: held})
	}
	source, err := open()
	require.NoError(t, err)
	require.NotEmpty(t, source.Trouble())
	require.Nil(t, source.Proposed())
	now, err := source.Rules(t.Context())
	require.NoError(t, err)
	require.Equal(t, held.Hash, now.Hash)

	replace(t, dir, "directory/groups.yaml", "[p-farah, p-hana]", "[p-farah, p-nobody]")
	_, err = open()
	require.Error(t, err)
}

// Rules that let edits come into force by themselves are followed by the files.
func TestC37_HoldingRulesWithoutTheSettingTakesTheFilesUp(t *testing.T) {
	dir := changeRequired(t, lockedSetting)
	source, err := policy.OpenSource(policy.SourceConfig{Dir: dir, Logger: slog.New(slog.DiscardHandler), Settle: -1})
	require.NoError(t, err)
	free, _, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	source.Hold(free)
	now, err := source.Rules(t.Context())
	require.NoError(t, err)
	files, _, err := policy.Load(dir)
	require.NoError(t, err)
	require.Equal(t, files.Hash, now.Hash, "the files are in force where no change is needed")
}

func TestC37_TheSettingIsChecked(t *testing.T) {
	for setting, says := range map[string]string{
		"{change: required, system: sandbx, environment: sandbox}":                    `there is no system "sandbx" (did you mean "sandbox"?)`,
		"{change: required, system: sandbox, environment: production}":                `there is no environment "production"`,
		"{change: required, system: claims-desk, environment: acceptance, risk: low}": "",
		"{change: required, system: sandbox, environment: sandbox, risk: none}":       "low, medium or high",
		"{change: maybe, system: sandbox, environment: sandbox}":                      "write change: required",
		"{change: required, system: sandbox}":                                         `"environment" is missing`,
	} {
		_, _, err := policy.Load(changeRequired(t, setting))
		if says == "" {
			require.NoError(t, err, setting)
			continue
		}
		require.ErrorContains(t, err, says, setting)
		require.ErrorContains(t, err, "rules/organisation.yaml", setting)
	}
	dir := changeRequired(t, lockedSetting)
	replace(t, dir, "rules/routing.yaml", "environments: [production, sandbox]", "environments: [production]")
	_, _, err := policy.Load(dir)
	require.ErrorContains(t, err, "nobody would decide on a change of the rules (sandbox, sandbox, risk medium)")
}

// The default is written out in what is pinned, the setting survives the snapshot,
// and rules without it have the hash that they had.
func TestC37_TheSettingIsPinned(t *testing.T) {
	locked, _, err := policy.Load(changeRequired(t, "{change: required, system: sandbox, environment: sandbox}"))
	require.NoError(t, err)
	require.Equal(t, policy.RulesChange{Required: true, System: "sandbox", Environment: "sandbox", Risk: "high"}, locked.Organisation().Rules)
	again, err := policy.Restore(locked.Canonical())
	require.NoError(t, err)
	require.Equal(t, locked.Organisation().Rules, again.Organisation().Rules)

	free, _, err := policy.LoadFS(policy.ExampleFS())
	require.NoError(t, err)
	require.NotContains(t, string(free.Canonical()), `"rules":{`)
	found, err := policy.CompareRules(free, locked)
	require.NoError(t, err)
	require.Len(t, found, 1)
	require.Contains(t, found[0].String(), "+ organisation: rules")
}
