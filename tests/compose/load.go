// SPDX-License-Identifier: Apache-2.0

// What docker compose's own loader makes of compose files: one line of JSON
// for each file, with the images it names, as written, and its variables.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/compose-spec/compose-go/v2/types"
)

type answer struct {
	File      string   `json:"file"`
	Error     string   `json:"error,omitempty"`
	Images    []string `json:"images"`
	Variables []string `json:"variables"`
}

func load(file string, env map[string]string, plain bool) (map[string]any, error) {
	dir, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	details := types.ConfigDetails{
		WorkingDir:  dir,
		ConfigFiles: []types.ConfigFile{{Filename: file}},
		Environment: env,
	}
	return loader.LoadModelWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("p", true)
		o.Profiles = []string{"*"}
		o.SkipInterpolation = plain
		o.SkipValidation = plain
		o.SkipNormalization = plain
		o.SkipConsistencyCheck = plain
		o.SkipResolveEnvironment = true
		o.SkipInclude = true
	})
}

// The maps below members of @m that are called @key: lists and maps of them.
func below(m map[string]any, key string) (out []map[string]any) {
	switch v := m[key].(type) {
	case map[string]any:
		for _, e := range v {
			if e, ok := e.(map[string]any); ok {
				out = append(out, e)
			}
		}
	case []any:
		for _, e := range v {
			if e, ok := e.(map[string]any); ok {
				out = append(out, e)
			}
		}
	}
	return
}

func images(model map[string]any) []string {
	set := map[string]bool{}
	container := func(c map[string]any) {
		if s, ok := c["image"].(string); ok && s != "" {
			set[s] = true
		}
		for _, v := range below(c, "volumes") {
			if s, ok := v["source"].(string); ok && v["type"] == "image" {
				set[s] = true
			}
		}
	}
	for _, kind := range []string{"services", "jobs"} {
		for _, c := range below(model, kind) {
			container(c)
			for _, h := range below(c, "pre_start") {
				container(h)
			}
		}
	}
	out := []string{}
	for s := range set {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

func one(file string) (a answer) {
	a = answer{File: file, Images: []string{}, Variables: []string{}}
	defer func() {
		if r := recover(); r != nil {
			a.Error = fmt.Sprint("the loader panics: ", r)
		}
	}()
	model, err := load(file, nil, true)
	if err != nil {
		a.Error = err.Error()
		return
	}
	env := map[string]string{}
	for name, v := range template.ExtractVariables(model, template.DefaultPattern) {
		a.Variables = append(a.Variables, name)
		if v.Required {
			env[name] = "v"
		}
	}
	slices.Sort(a.Variables)
	a.Images = images(model)
	if _, err = load(file, env, false); err != nil {
		a.Error = err.Error()
	}
	return
}

func main() {
	for _, file := range os.Args[1:] {
		line, err := json.Marshal(one(file))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(line))
	}
}
