package page_test

import (
	"bufio"
	"context"
	_ "embed"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/matryer/is"

	"github.com/anteroom-go/anteroom/server/database/dbtest"
)

//go:embed testdata/newcomer.js
var newcomer string

// root is where the program is built, from here.
const root = "../../../.."

// serveDev runs serve --dev as it is run for the first time, and returns the URL of the
// documentation page.
func serveDev(t *testing.T) string {
	t.Helper()
	is := is.New(t)
	dir := t.TempDir()
	program := filepath.Join(dir, "anteroom")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./server/cmd/anteroom")
	build.Dir = root
	output, err := build.CombinedOutput()
	if err != nil {
		t.Fatalf("building the program: %v\n%s", err, output)
	}
	serve := exec.Command(program, "serve", "--dev", "--listen", "127.0.0.1:0", "--admin-listen", "off")
	serve.Dir = dir
	printed, err := serve.StdoutPipe()
	is.NoErr(err)
	is.NoErr(serve.Start())
	t.Cleanup(func() {
		_ = serve.Process.Signal(syscall.SIGTERM)
		is.NoErr(serve.Wait()) // it ends by itself
	})
	docs := regexp.MustCompile(`http://\S+/docs/`)
	for lines := bufio.NewScanner(printed); lines.Scan(); {
		if found := docs.FindString(lines.Text()); found != "" {
			return found
		}
	}
	t.Fatal("serve --dev did not print where the page is")
	return ""
}

// screen is what a page is looked at with.
type screen struct {
	width int64
	dark  bool
}

// tab is a page that is open in a browser.
type tab struct {
	t      *testing.T
	ctx    context.Context
	screen screen
	heard  *heard
}

// heard is what a browser reports of a page.
type heard struct {
	mu         sync.Mutex
	complaints []string // errors and warnings in the console
	elsewhere  []string // what was loaded from another host
}

// check fails the test for everything that was heard.
func (h *heard) check(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	is.New(t).Equal(h.complaints, nil) // neither the policy nor a script is violated
	is.New(t).Equal(h.elsewhere, nil)  // and nothing comes from other hosts
}

func (h *heard) note(list *[]string, text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	*list = append(*list, text)
}

// open opens an address in a new browser. The scripts run before those of the page.
func open(t *testing.T, address string, on screen, scripts ...string) tab {
	t.Helper()
	is := is.New(t)
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium(t)))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // root has none
	}
	ctx, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	is.NoErr(chromedp.Do(ctx))
	p := tab{t: t, ctx: ctx, screen: on, heard: &heard{}}
	is.NoErr(p.listen(address))
	var phone []chromedp.EmulateViewportOption
	if on.width < 600 {
		phone = append(phone, chromedp.EmulateMobile)
	}
	is.NoErr(chromedp.Do(ctx, chromedp.EmulateViewport(on.width, 900, phone...)))
	scheme := map[bool]string{false: "light", true: "dark"}[on.dark]
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	is.NoErr(err)
	for _, script := range scripts {
		_, err := chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument,
			page.AddScriptToEvaluateOnNewDocumentParams{Source: script})
		is.NoErr(err)
	}
	is.NoErr(chromedp.Do(ctx, chromedp.Navigate(address)))
	return p
}

// listen notes what the page complains of, and what it loads from elsewhere.
func (p tab) listen(address string) error {
	own, err := url.Parse(address)
	if err != nil {
		return err
	}
	if _, err := chromedp.Call(p.ctx, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	messages := chromedp.Console(p.ctx)
	go func() {
		for message, err := range messages {
			if err != nil {
				return
			}
			if kind := string(message.Type); kind == "error" || kind == "warning" || message.IsException() {
				p.heard.note(&p.heard.complaints, message.String())
			}
		}
	}()
	return chromedp.Listen(p.ctx, func(event any) {
		if sent, isRequest := event.(*network.EventRequestWillBeSent); isRequest {
			to, err := url.Parse(sent.Request.URL)
			if err != nil || to.Scheme != "data" && to.Host != own.Host {
				p.heard.note(&p.heard.elsewhere, sent.Request.URL)
			}
		}
	})
}

// chromium returns the path of the browser.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	dbtest.Missing(t, "Chromium", "apt-get install chromium")
	return ""
}

// ask evaluates an expression with the steps of a newcomer, and returns its value.
func ask[T any](p tab, expression string) T {
	p.t.Helper()
	script := "(async () => {" + newcomer + "\nreturn await (" + expression + ");})()"
	value, err := chromedp.Run(p.ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// show keeps a picture of the page among the artifacts of the test.
func (p tab) show(name string) {
	p.t.Helper()
	picture, err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot())
	is.New(p.t).NoErr(err)
	name = strings.ReplaceAll(name, "/", "-") + ".png"
	is.New(p.t).NoErr(os.WriteFile(filepath.Join(p.t.ArtifactDir(), name), picture, 0o600))
}
