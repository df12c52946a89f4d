"use strict";

const api = document.getElementById("api");

SwaggerUIBundle({
  domNode: api,
  url: api.dataset.description,
  // Its default asks a service on the internet whether the description is valid.
  validatorUrl: null,
  deepLinking: true,
  // All routes at once are more than the page can draw.
  docExpansion: "none",
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});
