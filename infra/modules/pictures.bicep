// Pictures of menus and logos. An account of its own: it is the only one from which everybody may read, in one container.

@minLength(3)
@maxLength(24)
param name string
param location string
param tags object

@description('The pages that may send a picture straight into the container incoming.')
param webOrigins string[]

resource pictures 'Microsoft.Storage/storageAccounts@2023-05-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_LRS' }
  properties: {
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    // For the container assets below, knowingly: diners without an account look at its pictures.
    allowBlobPublicAccess: true
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2023-05-01' = {
  parent: pictures
  name: 'default'
  properties: {
    cors: {
      corsRules: [
        {
          allowedOrigins: webOrigins
          allowedMethods: ['GET', 'PUT']
          allowedHeaders: ['content-type', 'x-ms-blob-type']
          exposedHeaders: []
          maxAgeInSeconds: 300
        }
      ]
    }
  }
}

// One blob at a time can be read by who knows its name; nobody can list them.
resource assets 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'assets'
  properties: { publicAccess: 'Blob' }
}

resource incoming 'Microsoft.Storage/storageAccounts/blobServices/containers@2023-05-01' = {
  parent: blobs
  name: 'incoming'
  properties: { publicAccess: 'None' }
}

// What was sent and never became a picture goes by itself.
resource cleaning 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: pictures
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'incoming-for-a-day'
          type: 'Lifecycle'
          definition: {
            filters: { blobTypes: ['blockBlob', 'appendBlob'], prefixMatch: ['${incoming.name}/'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 1 } } }
          }
        }
      ]
    }
  }
}

output name string = pictures.name
output endpoint string = pictures.properties.primaryEndpoints.blob
output assetsUrl string = '${pictures.properties.primaryEndpoints.blob}${assets.name}'
