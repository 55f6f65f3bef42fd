// Shows the contract with Swagger UI. What is typed into the page, tokens above
// all, is kept nowhere.
SwaggerUIBundle({
  dom_id: "#contract",
  url: document.querySelector("#contract").dataset.url,
  validatorUrl: null, // no other host is asked
  deepLinking: true,
  docExpansion: "list",
  defaultModelExpandDepth: 3,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  persistAuthorization: false,
});
