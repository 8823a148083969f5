//go:build race

package export_test

func raceEnabled() bool { return true }
