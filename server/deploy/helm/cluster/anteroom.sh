# The program itself behind the gateway, as a process with the arguments and variables of the pods that the chart makes.
# Its database is a file, whose URL stands in the Secret.

# prepare_anteroom makes the Secret by the commands of the chart's README, runs the pod of the migration, and registers an
# application and a user.
prepare_anteroom() {
	local work=$SCRATCH/work
	(umask 077; head -c 32 /dev/urandom | base64 >"$work/root.key")
	kubectl create secret generic anteroom --namespace meet --from-file=root-key="$work/root.key" \
		--from-literal=database-url="file:$work/anteroom.db" >/dev/null
	kubectl get secret anteroom --namespace meet -o json >"$work/secret.json"
	rendered | python3 "$cluster/pod.py" run anteroom-migrate "$work/secret.json" >"$SCRATCH/logs/migrate" 2>&1 || bad 'the migration'
	good 'the pod of the migration migrates'
	export ANTEROOM_DATABASE_URL=file:$work/anteroom.db ANTEROOM_ROOT_KEY_FILE=$work/root.key
	anteroom app create --json --name Calendar --scope rooms:create --scope rooms:list --domain example.com >"$work/app.json"
	anteroom user add alice@example.com >/dev/null
	unset ANTEROOM_DATABASE_URL ANTEROOM_ROOT_KEY_FILE
}

# rendered prints the hooks of the chart, which the cluster of this test does not hold, as JSON.
rendered() { # arguments...
	helm template anteroom "$chart" --namespace meet --values "$cluster/values.yaml" "$@" |
		kubectl create --namespace meet --dry-run=client -f - -o json
}

# start_anteroom starts the program as the Deployment in the cluster has it, instead of the one that runs.
start_anteroom() {
	if [ -n "${anteroom:-}" ]; then
		kill "$anteroom"
		wait "$anteroom" || true
	fi
	# The delay is for gateways; here it would only cost time.
	kubectl get deployment anteroom --namespace meet -o json | python3 "$cluster/pod.py" run anteroom "$SCRATCH/work/secret.json" \
		ANTEROOM_LISTEN=10.244.0.10:8081 ANTEROOM_ADMIN_LISTEN=127.0.0.1:9090 ANTEROOM_SHUTDOWN_DELAY=0s \
		>"$SCRATCH/logs/anteroom" 2>&1 &
	anteroom=$!
	probes_answer || bad 'the program is not ready'
}

# probes_answer waits until the probes of the Deployment are answered well.
probes_answer() {
	local path
	for path in $(kubectl get deployment anteroom --namespace meet \
		-o jsonpath='{.spec.template.spec.containers[0]..httpGet.path}'); do
		within 30 curl -sf -m 5 "http://10.244.0.10:8081$path" || return 1
	done
}

# check_room gets a token and makes a room through the gateway.
check_room() { # [path above the versions]
	local api="http://127.0.0.1:8080${1:-/external-api}/v1.0" work=$SCRATCH/work token
	curl -s -H 'Host: meet.test' "$api/application/token/" -d grant_type=client_credentials -d scope=alice@example.com \
		-d "client_id=$(field client_id "$work/app.json")" -d "client_secret=$(field client_secret "$work/app.json")" >"$work/token.json"
	token=$(field access_token "$work/token.json")
	[ -n "$token" ] || bad 'no token through the gateway'
	curl -s -H 'Host: meet.test' -H "Authorization: Bearer $token" --json '{"name":"Through the gateway"}' "$api/rooms/" \
		-o "$work/room.json" -w '%{http_code}' >"$work/status"
	[ "$(cat "$work/status")" = 201 ] || bad "a room through the gateway: $(cat "$work/status")"
	good "  a token and the room $(field slug "$work/room.json") are made through the gateway"
}

# field prints a member of an object in JSON.
field() { python3 -c 'import json, sys; print(json.load(open(sys.argv[2])).get(sys.argv[1], ""))' "$@"; }

# check_tests runs the pods of "helm test". A process has no Services, so their names become addresses.
check_tests() {
	local api
	for api in external internal; do
		rendered --show-only templates/tests/apis.yaml |
			sed 's#http://anteroom:8080/#http://10.244.0.10:8081/#; s#http://meet-backend:80/#http://10.244.0.11:8081/#
				s#http://meet-backend-next:3000/#http://10.244.0.12:8081/#' |
			python3 "$cluster/pod.py" run "anteroom-test-$api" "$SCRATCH/work/secret.json" >"$SCRATCH/logs/test-$api" 2>&1 ||
			bad "the pod that tests the $api API fails"
		good "the pod that tests the $api API is content"
	done
}

# check_handler checks that the program itself knows when the external API is taken away.
check_handler() { # settings...
	release "$@" apis.external.enabled=false
	start_anteroom
	local path
	for path in /external-api/v1.0/openapi.json /external-api/v1.0/rooms/ /.well-known/jwks.json; do
		[ "$(curl -s -o "$SCRATCH/work/answer" -w '%{http_code}' "http://10.244.0.10:8081$path")" = 404 ] ||
			bad "withdrawn, the program answers $path"
	done
	good 'withdrawn, the program answers nothing of the external API, and its probes still'
}

# check_path serves below a path of the public URL.
check_path() { # settings...
	release "$@" url=http://meet.test/eu
	start_anteroom
	within 30 answers '^200' /eu/external-api/v1.0/openapi.json || bad 'the external API is not below the path'
	arrives '^200 .*"keys"' /eu/.well-known/jwks.json
	arrives '^200 .*"issuer":"http://meet.test/eu"' /.well-known/oauth-authorization-server/eu
	arrives '^200 .*"resource":"http://meet.test/eu/external-api"' /.well-known/oauth-protected-resource/eu/external-api
	arrives "$nowhere" /external-api/v1.0/openapi.json
	arrives "$nowhere" /eu/healthz
	check_internal
	check_room /eu/external-api
	good "  all of it is below the path of the public URL"

	release "$@" url=http://meet.test/eu apis.external.basePath=/meetings/api
	start_anteroom
	within 30 answers '^200' /eu/meetings/api/v1.0/openapi.json || bad 'the external API is not below its base path'
	arrives "$nowhere" /eu/external-api/v1.0/openapi.json
	check_room /eu/meetings/api
	good "  the external API has the base path that the values give it"
}
