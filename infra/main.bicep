// OrderBuddy in Azure, as a table of contents: each module is one resource with what belongs to it.
// docs/deploy.md says how to deploy it; modules/appSettings.bicep is what the app is told.

targetScope = 'resourceGroup'

@description('The kind of deployment; the app sees it as APP_ENV.')
@allowed(['dev', 'prod'])
param environmentName string

@description('Where everything stands. The region must offer Flex Consumption and the Durable Task Scheduler.')
param location string = resourceGroup().location

@description('The connection string of the MongoDB replica set. It goes into the key vault and nowhere else.')
@secure()
param mongodbUri string

@description('The database in it.')
@minLength(1)
@maxLength(63)
param dbName string = 'orderbuddy'

@description('Origins of the web apps that may call the API with credentials; never *.')
@minLength(1)
param corsOrigins string[]

@description('The Python that runs the app.')
@allowed(['3.11', '3.12', '3.13'])
param pythonVersion string = '3.11'

@description('Instances that never sleep, for the HTTP functions: a diner who scans a code must not wait for a cold start.')
@minValue(0)
param httpAlwaysReady int = 1

@description('Instances that never sleep, for the orchestrations and their activities.')
@minValue(0)
param durableAlwaysReady int = 1

@description('Requests that one instance serves at a time; beyond it the platform adds instances.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 50

@description('How far the app may scale out.')
@minValue(40)
@maxValue(1000)
param maximumInstances int = 40

@description('Web PubSub: Free_F1 holds 20 connections, each unit of Standard_S1 a thousand.')
@allowed(['Free_F1', 'Standard_S1'])
param webPubSubSku string = 'Standard_S1'

@description('Units of Web PubSub.')
@minValue(1)
param webPubSubUnits int = 1

@description('What Web PubSub makes its tokens out to when it tells the app of connections: api://... of an app registration, docs/deploy.md. Empty: it tells nothing.')
param liveEventsAudience string = ''

@description('The Durable Task Scheduler: paid by use, or with capacity of its own.')
@allowed(['Consumption', 'Dedicated'])
param durableTaskSku string = 'Consumption'

@description('Where the pages are managed; they are served from everywhere. Static Web Apps knows these regions only.')
@allowed(['centralus', 'eastasia', 'eastus2', 'westeurope', 'westus2'])
param pagesLocation string = 'westus2'

@description('Static Web Apps: Free has 100 GB a month, Standard names of your own with a promise of service.')
@allowed(['Free', 'Standard'])
param pagesSku string = 'Standard'

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Whether the paths of the earlier server answer at the root as well.')
param legacyPaths bool = true

@description('Whether openapi.json, docs and redoc answer.')
param docsEnabled bool = environmentName != 'prod'

@description('Where EmergePay answers, such as its sandbox; empty: no payment is taken. The keys are in the vault: docs/paying-credentials.md.')
param emergepayUrl string = ''

@description('Where SuperTokens answers; empty: nobody can sign in. Its key is in the vault: docs/deploy.md.')
param signInUrl string = ''

@description('The account at Twilio that sends texts; empty: none are sent. Its secret is in the vault: docs/messages.md.')
param twilioAccountSid string = ''

@description('The number that texts come from, with its + and country code.')
param twilioPhoneNumber string = ''

@description('Whether texts are sent: true or false, as text.')
@allowed(['false', 'true'])
param allowMessage string = 'false'

@description('The country of phone numbers that name none, where the time zone of the location does not tell it.')
param defaultCountry string = 'US'

@description('The address of the staff app, one of corsOrigins.')
param storeEndpoint string = ''

@description('The address of the kitchen display, where the links that pair screens lead. Empty: that of this deployment.')
param kitchenEndpoint string = ''

@description('The address of the diners app, one of corsOrigins. Empty: the pages of this deployment, which need no other.')
param menuEndpoint string = ''

@description('The address that printed codes lead to, https://HOST without a path: a name of your own, since the codes stay on the tables. Empty: no codes are made.')
param linkBase string = ''

@description('The short-link service of the original server, where codes of it are on tables. Empty: they lead to the menu at once.')
param smartScanUrl string = ''

@description('The address that mails come from, verified at SendGrid. Empty: no mails are sent.')
param fromEmail string = ''

@description('The public key of SendGrid\'s signed event webhook. Empty: no event of a mail is taken.')
param mailEventsPublicKey string = ''

@description('Where pictures are shown from: a CDN before the container assets of the pictures account. Empty: the container itself.')
param picturesShownAt string = ''

@description('The Firebase project whose apps get pushes. Empty: no pushes go to phones.')
param firebaseProjectId string = ''

@description('The service account of that project that sends pushes.')
param firebaseClientEmail string = ''

@description('The public key of `orderbuddy push keys`. Empty: no pushes go to kitchen screens.')
param vapidPublicKey string = ''

@description('Whom a browser\'s push service writes to about pushes: mailto:... or an https address.')
param vapidSubject string = ''

var token = uniqueString(resourceGroup().id, environmentName)
var name = 'orderbuddy-${environmentName}-${token}'
var tags = { app: 'orderbuddy', environment: environmentName }
var webOrigins = concat(corsOrigins, [pages.outputs.address])

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: { name: 'id-${name}', location: location, tags: tags }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: { name: name, location: location, tags: tags, retentionDays: logRetentionDays }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: { name: 'ob${token}', location: location, tags: tags }
}

module pictures 'modules/pictures.bicep' = {
  name: 'pictures'
  params: { name: 'pic${token}', location: location, tags: tags, webOrigins: webOrigins }
}

module keyVault 'modules/keyVault.bicep' = {
  name: 'keyVault'
  params: {
    name: 'kv-ob-${token}'
    location: location
    tags: tags
    keepDeleted: environmentName == 'prod'
    mongodbUri: mongodbUri
  }
}

module durableTask 'modules/durableTask.bicep' = {
  name: 'durableTask'
  params: { name: 'dts-${name}', location: location, tags: tags, skuName: durableTaskSku }
}

module webPubSub 'modules/webPubSub.bicep' = {
  name: 'webPubSub'
  params: { name: 'wps-${name}', location: location, tags: tags, skuName: webPubSubSku, units: webPubSubUnits }
}

module pages 'modules/pages.bicep' = {
  name: 'pages'
  params: { name: 'stapp-${name}', location: pagesLocation, tags: tags, skuName: pagesSku }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    principalId: identity.outputs.principalId
    storageName: storage.outputs.name
    picturesName: pictures.outputs.name
    keyVaultName: keyVault.outputs.name
    schedulerName: durableTask.outputs.name
    webPubSubName: webPubSub.outputs.name
    applicationInsightsName: monitoring.outputs.name
  }
}

module functionApp 'modules/functionApp.bicep' = {
  name: 'functionApp'
  params: {
    name: 'func-${name}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    pythonVersion: pythonVersion
    httpAlwaysReady: httpAlwaysReady
    durableAlwaysReady: durableAlwaysReady
    httpConcurrency: httpConcurrency
    maximumInstances: maximumInstances
    corsOrigins: webOrigins
  }
  // The first start reads its package, its secrets and its queues: not before it is allowed to.
  dependsOn: [roles]
}

module liveHub 'modules/liveHub.bicep' = {
  name: 'liveHub'
  params: {
    webPubSubName: webPubSub.outputs.name
    appUrl: 'https://${functionApp.outputs.hostName}'
    eventsAudience: liveEventsAudience
  }
}

module appSettings 'modules/appSettings.bicep' = {
  name: 'appSettings'
  params: {
    functionAppName: functionApp.outputs.name
    environmentName: environmentName
    mongodbUriAddress: keyVault.outputs.mongodbUriAddress
    dbName: dbName
    webPubSubEndpoint: webPubSub.outputs.endpoint
    webPubSubHub: liveHub.outputs.hubName
    webPubSubPrincipalId: webPubSub.outputs.principalId
    liveEventsAudience: liveEventsAudience
    schedulerEndpoint: durableTask.outputs.endpoint
    taskHubName: durableTask.outputs.taskHubName
    identityClientId: identity.outputs.clientId
    storageName: storage.outputs.name
    applicationInsightsConnectionString: monitoring.outputs.connectionString
    legacyPaths: legacyPaths
    docsEnabled: docsEnabled
    emergepayUrl: emergepayUrl
    vaultUri: keyVault.outputs.uri
    signInUrl: signInUrl
    twilioAccountSid: twilioAccountSid
    twilioPhoneNumber: twilioPhoneNumber
    allowMessage: allowMessage
    defaultCountry: defaultCountry
    apiEndpoint: 'https://${functionApp.outputs.hostName}'
    storeEndpoint: storeEndpoint
    kitchenEndpoint: kitchenEndpoint == '' ? '${pages.outputs.address}/kitchen' : kitchenEndpoint
    menuEndpoint: menuEndpoint == '' ? '${pages.outputs.address}/order' : menuEndpoint
    linkBase: linkBase
    smartScanUrl: smartScanUrl
    webOrigins: webOrigins
    fromEmail: fromEmail
    mailEventsPublicKey: mailEventsPublicKey
    picturesEndpoint: pictures.outputs.endpoint
    picturesShownAt: picturesShownAt == '' ? pictures.outputs.assetsUrl : picturesShownAt
    firebaseProjectId: firebaseProjectId
    firebaseClientEmail: firebaseClientEmail
    vapidPublicKey: vapidPublicKey
    vapidSubject: vapidSubject
  }
}

@description('What to publish the code to.')
output functionAppName string = functionApp.outputs.name

@description('Where the API answers.')
output apiUrl string = 'https://${functionApp.outputs.hostName}/api/v1'

@description('Where the live service answers.')
output liveUrl string = webPubSub.outputs.endpoint

@description('Where pictures are kept: pages are built with this in --pictures, or with the CDN before it.')
output picturesUrl string = pictures.outputs.endpoint

@description('What to publish the pages to.')
output pagesName string = pages.outputs.name

@description('Where the pages are.')
output pagesUrl string = pages.outputs.address
