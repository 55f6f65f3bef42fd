package house_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/matryer/is"
)

// codeBlock is Go code that a reader may copy: from README, or from a doc comment.
type codeBlock struct {
	place string
	lines []string
}

// TestCodeBlocksCompile holds the code of README and of doc comments against the
// code that the compiler sees: each block stands, line by line, in a test or in
// an example.
func TestCodeBlocksCompile(t *testing.T) {
	is := is.New(t)
	root := filepath.Join("..", "..", "..")
	all, err := readRepository(root)
	is.NoErr(err)
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	is.NoErr(err)
	blocks := slices.Concat(fencedBlocks("README.md", string(readme)), documentedBlocks(all))
	is.True(len(blocks) >= 5) // blocks are found
	compiled := compiledCode(all)
	for _, block := range blocks {
		if !slices.ContainsFunc(compiled, func(code []string) bool { return contains(code, block.lines) }) {
			t.Errorf("%s: this code stands in no test and no example", block.place)
		}
	}
}

// TestCodeBlocksAreCompared shows what counts as the same code.
func TestCodeBlocksAreCompared(t *testing.T) {
	is := is.New(t)
	code := codeLines([]string{"\tx := 1", "", "\t// why", "\tf(x) // how", "\tfmt.Println(x)", "\tg()"})
	is.True(contains(code, []string{"x := 1", "f(x)"}))  // white space and comments do not count
	is.True(!contains(code, []string{"x := 1", "g()"}))  // lines follow each other
	is.True(!contains(code, []string{"x := 1", "f(y)"})) // and are the same
	is.Equal(len(fencedBlocks("a", "```go\nx\n```\ntext\n```sh\ny\n```\n")), 1)
}

// fencedBlocks returns the blocks of Go in a Markdown file.
func fencedBlocks(place, text string) (blocks []codeBlock) {
	for _, part := range strings.Split("\n"+text, "\n```go\n")[1:] {
		body, _, _ := strings.Cut(part, "\n```")
		lines := codeLines(strings.Split(body, "\n"))
		blocks = append(blocks, codeBlock{fmt.Sprintf("%s: %s", place, lines[0]), lines})
	}
	return blocks
}

// documentedBlocks returns the indented blocks of the doc comments of libraries.
// Those of programs show how to run them.
func documentedBlocks(r *repository) (blocks []codeBlock) {
	for _, folder := range r.folders {
		for _, file := range folder.sources() {
			if file.tree.Name.Name == "main" {
				continue
			}
			for _, comment := range file.tree.Comments {
				if lines := indentedLines(comment.Text()); len(lines) > 0 {
					blocks = append(blocks, codeBlock{r.at(comment.Pos()), lines})
				}
			}
		}
	}
	return blocks
}

// indentedLines returns the code in the text of a comment.
func indentedLines(text string) []string {
	indented := slices.DeleteFunc(
		strings.Split(text, "\n"),
		func(line string) bool { return !strings.HasPrefix(line, "\t") },
	)
	return codeLines(indented)
}

// compiledCode returns the code of each test and each program.
func compiledCode(r *repository) (all [][]string) {
	for _, folder := range r.folders {
		for _, file := range folder.files {
			if file.test || file.tree.Name.Name == "main" {
				all = append(all, codeLines(file.lines))
			}
		}
	}
	return all
}

// codeLines returns lines of code as they compare: without indentation, comments,
// empty lines, and what an example prints.
func codeLines(lines []string) (code []string) {
	for _, line := range lines {
		line, _, _ = strings.Cut(line, " // ")
		line = strings.Join(strings.Fields(line), " ")
		if line != "" && !strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "fmt.Print") {
			code = append(code, line)
		}
	}
	return code
}

// contains reports whether the lines of a block follow each other in code.
func contains(code, block []string) bool {
	for start := range code {
		if len(code)-start >= len(block) && slices.Equal(code[start:start+len(block)], block) {
			return true
		}
	}
	return false
}
