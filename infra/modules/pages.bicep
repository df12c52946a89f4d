// The pages for browsers, as a static site. Its files come from `orderbuddy pages build`: each says what it may call.

param name string
param location string
param tags object

@allowed(['Free', 'Standard'])
param skuName string

resource site 'Microsoft.Web/staticSites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: skuName, tier: skuName }
  properties: {
    // staticwebapp.config.json in the files has the headers, and leads scanned codes to the menu.
    allowConfigFileUpdates: true
    stagingEnvironmentPolicy: 'Disabled'
  }
}

output name string = site.name
output address string = 'https://${site.properties.defaultHostname}'
