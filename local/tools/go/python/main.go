// Unpacks the Python of its module, with pip, into a folder.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/kluctl/go-embed-python/pip"
	"github.com/kluctl/go-embed-python/python"
)

func main() {
	if err := unpack(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func unpack(folder string) error {
	if _, err := python.NewEmbeddedPythonWithTmpDir(folder, false); err != nil {
		return err
	}
	libraries, err := filepath.Glob(filepath.Join(folder, "lib", "python3.*"))
	if err != nil || len(libraries) != 1 {
		return fmt.Errorf("the Python in %s has %d libraries: %w", folder, len(libraries), err)
	}
	// It is unpacked below the folder for temporary files.
	if err := os.Setenv("TMPDIR", folder); err != nil {
		return err
	}
	lib, err := pip.NewPipLib("pilot")
	if err != nil {
		return err
	}
	return os.Rename(lib.GetExtractedPath(), filepath.Join(libraries[0], "site-packages"))
}
