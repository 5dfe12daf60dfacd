/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c - links the part that opens connections: usage: fetch SOCKET */
#include <refval.h>
#include <refval/fetch.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	struct rv_fetch_net net = { 0 };
	struct rv_fetch_ask ask = { 0 };
	struct rv_fetched f = { 0 };
	struct rv_err err = { 0 };

	if (argc != 2)
		return RV_USAGE;
	if (rv_fetch_agent(argv[1], &net, &ask, &f, &err))
		return RV_OK;
	printf("%s\n", err.msg);
	return (int)err.code;
}
