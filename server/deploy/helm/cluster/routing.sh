# Requests to both APIs arrive where the values lead them, whichever kind of route the chart makes.

# release installs or upgrades the chart, as an operator does. Pods do not run here, so hooks and waiting are left out.
release() { # settings...
	local settings=()
	local setting
	for setting in "$@"; do settings+=(--set "$setting"); done
	helm upgrade anteroom "$chart" --install --namespace meet --no-hooks --values "$cluster/values.yaml" "${settings[@]}" \
		>"$SCRATCH/logs/helm" 2>&1 || bad "helm upgrade $*"
}

# ask prints the status and the first line of an answer of the gateway.
ask() { # path [host]
	curl -s -m 10 -o "$SCRATCH/work/answer" -w '%{http_code} ' -H "Host: ${2:-meet.test}" --path-as-is "http://127.0.0.1:8080$1"
	head -c 200 "$SCRATCH/work/answer" | head -n 1
	: >"$SCRATCH/work/answer"
}

# answers reports whether an answer is as a pattern has it.
answers() { # pattern path [host]
	ask "${@:2}" | grep -qE -- "$1"
}

# arrives checks an answer at once.
arrives() { # pattern path [host]
	answers "$@" || bad "$2 is answered: $(ask "${@:2}"), not: $1"
	good "  ${3:-}$2: $1"
}

nowhere='^404 $' # of the gateway, which has no body; Anteroom's has one

# check_arrival checks what is the same for every kind of route.
check_arrival() {
	within 30 answers '^200 meet-backend ' /api/v1.0/ready || bad "the internal API is not there: $(ask /api/v1.0/ready)"
	within 30 answers '^200' /external-api/v1.0/openapi.json || bad "the external API is not there: $(ask /external-api/v1.0/openapi.json)"
	check_internal
	arrives '^200 anteroom-next GET /external-api/v2.0/rooms/' /external-api/v2.0/rooms/
	arrives '^200 .*"openapi"' /external-api/v1.0/openapi.json
	arrives '^401 .*"' /external-api/v1.0/rooms/
	arrives '^200 .*"keys"' /.well-known/jwks.json
	arrives '^200 .*"issuer":"http://meet.test"' /.well-known/oauth-authorization-server
	arrives '^200 .*"resource":"http://meet.test/external-api"' /.well-known/oauth-protected-resource/external-api
	local path
	for path in /external-api/v1.01/rooms/ /external-api/v1 /external-api/v3.0/rooms/ /external-api/ /external-api \
		/external-apis/v1.0/rooms/ /healthz /readyz /metrics /.well-known/ /.well-known/other; do
		arrives "$nowhere" "$path"
	done
	arrives "$nowhere" /external-api/v1.0/openapi.json other.test
}

check_internal() {
	arrives '^200 meet-backend GET /api/v1.0/rooms/[?]page=2' '/api/v1.0/rooms/?page=2'
	arrives '^200 meet-backend GET /api/v1.0$' /api/v1.0
	arrives '^200 meet-backend-next GET /api/v2.0/rooms/' /api/v2.0/rooms/
	local path
	for path in / /api /api/ /api/v3.0/rooms/ /api/v1.01/rooms/ /api/v1/rooms/ /apis/v1.0/; do
		arrives "$nowhere" "$path"
	done
}

# check_weights counts which backend of a version with 75 to 25 answers. The bounds are five standard deviations away.
check_weights() {
	local canary
	canary=$(curl -s -H 'Host: meet.test' "http://127.0.0.1:8080/external-api/v1.1/[1-400]" | grep -c '^anteroom-canary ' || true)
	[ "$canary" -ge 57 ] && [ "$canary" -le 143 ] || bad "$canary of 400 requests arrive at the backend of weight 25"
	good "  $canary of 400 requests arrive at the backend of weight 25"
	canary=$(curl -s -H 'Host: meet.test' "http://127.0.0.1:8080/external-api/v1.2/[1-50]" | grep -c '^anteroom-canary ' || true)
	[ "$canary" = 50 ] || bad "$canary of 50 requests pass by the backend of weight 0"
	good '  a backend of weight 0 gets nothing'
}

# check_heaviest checks where an Ingress leads a version with weights.
check_heaviest() {
	local canary
	canary=$(curl -s -H 'Host: meet.test' "http://127.0.0.1:8080/external-api/v1.1/[1-50]" | grep -c '^anteroom-canary ' || true)
	[ "$canary" = 0 ] || bad "an Ingress leads $canary of 50 requests to the lighter backend"
	arrives '^200 anteroom-canary ' /external-api/v1.2/rooms/
	good '  an Ingress leads to the heaviest backend'
}

# check_withdrawal takes the external API away while the internal one is asked all the time.
check_withdrawal() { # settings...
	local work=$SCRATCH/work
	: >"$work/asking"
	: >"$work/asked"
	(while [ -e "$work/asking" ]; do ask_internal >>"$work/asked"; done) &
	local asking=$!
	release "$@" apis.external.enabled=false
	within 30 answers "$nowhere" /external-api/v1.0/openapi.json || bad 'the external API is still there'
	local path
	for path in /external-api/v1.0/rooms/ /external-api/v2.0/rooms/ /external-api/v1.1/ /.well-known/jwks.json \
		/.well-known/oauth-authorization-server /.well-known/oauth-protected-resource/external-api; do
		within 10 answers "$nowhere" "$path" || bad "withdrawn, $path is answered: $(ask "$path")"
	done
	rm "$work/asking"
	wait "$asking"
	[ -s "$work/asked" ] && ! grep -qv '^200 meet-backend ' "$work/asked" || bad 'the internal API was away meanwhile'
	good "  the external API is withdrawn; all of $(wc -l <"$work/asked") requests to the internal one were answered meanwhile"
	check_internal
	release "$@"
	within 30 answers '^200' /external-api/v1.0/openapi.json || bad 'the external API does not come back'
	good '  the external API is back'
}

ask_internal() {
	curl -s -m 10 -w '%{http_code} ' -o "$SCRATCH/work/internal" -H 'Host: meet.test' http://127.0.0.1:8080/api/v1.0/rooms/ || true
	cat "$SCRATCH/work/internal"
}

check_routing() {
	local ingress=apis.internal.ingress.enabled=true,apis.internal.ingress.className=contour,apis.external.ingress.enabled=true
	local route=apis.internal.httpRoute.enabled=true,apis.external.httpRoute.enabled=true
	release "$ingress"
	prepare_anteroom
	start_anteroom
	good 'by Ingress:'
	check_arrival
	check_heaviest
	check_withdrawal "$ingress"
	check_room
	release "$route"
	if kubectl get --namespace meet ingress/anteroom-external >/dev/null 2>&1; then bad 'the Ingress is still there'; fi
	within 30 answers '^200 anteroom-canary ' /external-api/v1.1/ || bad 'the HTTPRoute is not carried out'
	good 'by HTTPRoute:'
	check_arrival
	check_weights
	check_withdrawal "$route"
	check_room
	local mixed=apis.internal.ingress.enabled=true,apis.internal.ingress.className=contour,apis.external.httpRoute.enabled=true
	release "$mixed"
	if kubectl get --namespace meet httproute/anteroom-internal >/dev/null 2>&1; then bad 'the HTTPRoute is still there'; fi
	good 'the internal API by Ingress, the external one by HTTPRoute:'
	check_arrival
	check_withdrawal "$mixed"
	release "$ingress" "$route"
	good 'by both at once:'
	check_arrival
	check_withdrawal "$ingress" "$route"
	check_room
	check_tests
	check_handler "$route"
	check_path "$route"
}
