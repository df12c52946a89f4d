// The app itself, on Flex Consumption: HTTP functions, Durable functions and each timer scale apart from each other.

param name string
param location string
param tags object
param identityId string
param deploymentContainerUrl string
param pythonVersion string
param httpAlwaysReady int
param durableAlwaysReady int
param httpConcurrency int
param maximumInstances int
param corsOrigins string[]

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource functionApp 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    keyVaultReferenceIdentity: identityId
    functionAppConfig: {
      runtime: { name: 'python', version: pythonVersion }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: identityId }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: 2048
        maximumInstanceCount: maximumInstances
        alwaysReady: [
          { name: 'http', instanceCount: httpAlwaysReady }
          { name: 'durable', instanceCount: durableAlwaysReady }
        ]
        // Python's default is one request at a time per instance; the handlers are asynchronous.
        triggers: { http: { perInstanceConcurrency: httpConcurrency } }
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      // The app never answers CORS itself.
      cors: { allowedOrigins: corsOrigins, supportCredentials: true }
    }
  }
}

output name string = functionApp.name
output hostName string = functionApp.properties.defaultHostName
