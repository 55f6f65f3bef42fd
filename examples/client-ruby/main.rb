# An application in Ruby with nothing but the stock OAuth client, the gem oauth2: it
# creates a room for a user, reads, changes and deletes it.
#
#     apt-get install ruby-oauth2 # or: gem install oauth2
#     ANTEROOM_API=http://127.0.0.1:8080/external-api/v1.0 \
#     CLIENT_ID=app_... CLIENT_SECRET=arsk_... USER_EMAIL=alice@example.com ruby main.rb

require "json"
require "oauth2"

API = ENV.fetch("ANTEROOM_API")

# Send one request; errors carry the problem's code and the request id.
def call(token, method, path = "", body = nil)
  options = { raise_errors: false }
  options.update(body: JSON.generate(body), headers: { "Content-Type" => "application/json" }) if body
  response = token.request(method, "#{API}/rooms/#{path}", options)
  return response.parsed if response.status < 400

  problem = JSON.parse(response.body)
  abort "#{method} #{path}: #{problem["code"]}: #{problem["detail"]} (request #{problem["request_id"]})"
end

# The credentials go in the body or in HTTP Basic; both are the same here.
%i[request_body basic_auth].each do |scheme|
  client = OAuth2::Client.new(ENV.fetch("CLIENT_ID"), ENV.fetch("CLIENT_SECRET"),
                              token_url: "#{API}/application/token/", auth_scheme: scheme)
  token = client.client_credentials.get_token(scope: ENV.fetch("USER_EMAIL")) # scope names the user
  created = call(token, :post, "", { "name" => "Budget" })
  puts "created #{created["name"]} #{created["url"]}"
  changed = call(token, :patch, "#{created["id"]}/", { "name" => "Budget 2027" })
  puts "renamed #{changed["name"]} #{changed["url"]}"
  puts "listed #{call(token, :get)["count"]}"
  call(token, :delete, "#{created["id"]}/")
  puts "deleted #{created["name"]}"
end
